import { totalmem } from "node:os";

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** A quarter of the machine's memory, at most 4 GiB: the database is a guest on the developer's machine. */
export function defaultMaxMemoryBytes(): number {
  return Math.min(Math.floor(totalmem() / 4), 4 * GiB);
}

/** Below this the server starts and then refuses ordinary merges. */
export const minMaxMemoryBytes: number = 512 * MiB;

/** What one statement of the read-only user may take. A client can lower these per request, never raise them. */
export interface ReaderLimits {
  readonly maxExecutionSeconds: number;
  readonly maxMemoryBytes: number;
  readonly maxResultRows: number;
  readonly maxResultBytes: number;
  readonly maxThreads: number;
  /** Of files that sorting and grouping write. */
  readonly maxTemporaryBytes: number;
}

export function readerLimits(maxMemoryBytes: number): ReaderLimits {
  const memory = Math.min(Math.floor(maxMemoryBytes / 2), 2 * GiB);
  return {
    maxExecutionSeconds: 60,
    maxMemoryBytes: memory,
    maxResultRows: 1_000_000,
    maxResultBytes: 512 * MiB,
    maxThreads: 16,
    maxTemporaryBytes: 2 * memory,
  };
}
