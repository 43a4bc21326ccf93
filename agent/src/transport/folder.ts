import { mkdirSync } from "node:fs";
import { opendir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EvictReason } from "./transport.ts";

/** Behind the name of a file that is being written. */
export const UNFINISHED = ".part";

/** A file that is not finished after this time never will be: its process died. */
const UNFINISHED_MILLIS = 600_000;

/** Time, `instance-thread`, number and size of a window's file. The names sort by time. */
const NAME = /^(\d{8}T\d{9}Z)-[0-9a-f]+-\d+-\d+-(\d+)\.window\.zst(\.part)?$/;

/**
 * Of a window written now: `20261129T081500123Z-INSTANCE-THREAD-COUNT-BYTES.window.zst`. The size stands in it so that a look at the
 * folder need not ask for each file.
 */
export function fileName(key: string, count: number, bytes: number, now: number = Date.now()): string {
  return `${stamp(now)}-${key.replace("/", "-")}-${count}-${bytes}.window.zst`;
}

function stamp(millis: number): string {
  return new Date(millis).toISOString().replaceAll(/[-:.]/g, "");
}

/**
 * Makes a folder and those above it, for this user only. Not by Node's `recursive`, which goes on for ever where the system says
 * that there is no such folder and yet will not have one, as below /proc.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path) throw error;
    makeFolder(above);
  }
  mkdirSync(path, { mode: 0o700 });
}

export interface SweepOptions {
  readonly folder: string;
  readonly maxBytes: number;
  /** Unix milliseconds. */
  readonly oldestMillis: number;
  readonly removed: (reason: EvictReason, bytes: number) => void;
}

/** Removes the windows that are too old, then the oldest until the others fit. Other files are left alone. */
export async function sweep({ folder, maxBytes, oldestMillis, removed }: SweepOptions): Promise<void> {
  const oldest = stamp(oldestMillis);
  const abandoned = stamp(Date.now() - UNFINISHED_MILLIS);
  const kept: { name: string; bytes: number }[] = [];
  let total = 0;
  const remove = async (name: string, bytes: number, reason: EvictReason | undefined): Promise<void> => {
    try {
      await unlink(join(folder, name));
    } catch (error) {
      // Somebody else was faster, and counts it.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    if (reason !== undefined) removed(reason, bytes);
  };
  // In pieces, between which the loop turns.
  for await (const { name } of await opendir(folder, { bufferSize: 256 })) {
    const [, time = "", size = "0", unfinished] = NAME.exec(name) ?? [];
    const bytes = Number(size);
    if (time === "") continue;
    if (unfinished !== undefined) {
      if (time < abandoned) await remove(name, bytes, undefined);
    } else if (time < oldest) await remove(name, bytes, "too old");
    else {
      kept.push({ name, bytes });
      total += bytes;
    }
  }
  if (total <= maxBytes) return;
  kept.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, bytes } of kept) {
    if (total <= maxBytes) break;
    await remove(name, bytes, "folder full");
    total -= bytes;
  }
}
