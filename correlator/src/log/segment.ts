import { type FileHandle, open } from "node:fs/promises";
import { decodeHeader, decodePayload, findHeader, headerBytes, type LogRecord } from "./frame.ts";

/** File name of the segment whose first record has this offset: sorts as text. */
export function segmentName(first: bigint): string {
  return `${first.toString().padStart(20, "0")}.log`;
}

export function segmentFirst(name: string): bigint | undefined {
  const match = /^(\d{20})\.log$/.exec(name);
  return match?.[1] === undefined ? undefined : BigInt(match[1]);
}

export interface Scanned {
  readonly records: readonly LogRecord[];
  /** Where the next record begins. */
  readonly position: number;
  /** Behind the last intact record. */
  readonly intactEnd: number;
  /** Of the last header seen, even if its payload is damaged. */
  readonly lastOffset: bigint | undefined;
  /** Damaged stretches passed over. */
  readonly damaged: number;
}

export interface ScanLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Nothing behind this position is looked at. */
  readonly end: number;
}

const chunkBytes = 1 << 20;

/**
 * Reads records from `position` on. What is damaged is passed over if something intact follows before `end`; a damaged
 * tail is left: `position` then stays before `end` and no record comes.
 */
export async function scan(path: string, position: number, limits: ScanLimits): Promise<Scanned> {
  const file = await open(path, "r");
  try {
    const records: LogRecord[] = [];
    let bytes = 0;
    let damaged = 0;
    let at = position;
    let intactEnd = position;
    let lastOffset: bigint | undefined;
    while (records.length < limits.maxRecords && bytes < limits.maxBytes && at < limits.end) {
      const step = await readAt(file, at, limits.end);
      if (step === undefined) {
        const next = await resync(file, at + 1, limits.end);
        if (next === undefined) break;
        damaged++;
        at = next;
        continue;
      }
      at = step.next;
      lastOffset = step.offset;
      if (step.record === undefined) {
        damaged++;
        continue;
      }
      intactEnd = at;
      records.push(step.record);
      bytes += step.record.value.length;
    }
    return { records, position: at, intactEnd, lastOffset, damaged };
  } finally {
    await file.close();
  }
}

async function readAt(
  file: FileHandle,
  at: number,
  end: number,
): Promise<
  { readonly offset: bigint; readonly record: LogRecord | undefined; readonly next: number } | undefined
> {
  const header = decodeHeader(await readExactly(file, at, Math.min(headerBytes, end - at)), 0);
  if (header === undefined || at + headerBytes + header.length > end) return undefined;
  const payload = await readExactly(file, at + headerBytes, header.length);
  const next = at + headerBytes + header.length;
  return { offset: header.offset, record: decodePayload(header, payload), next };
}

async function resync(file: FileHandle, from: number, end: number): Promise<number | undefined> {
  for (let at = from; at < end; at += chunkBytes) {
    // Overlapping by a header, which may lie across two chunks.
    const chunk = await readExactly(file, at, Math.min(chunkBytes + headerBytes, end - at));
    const found = findHeader(chunk, 0);
    if (found !== -1) return at + found;
  }
  return undefined;
}

async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Where the last intact record ends (what is behind it is a torn tail), and the offset the next record gets. */
export async function findEnd(
  path: string,
  first: bigint,
  size: number,
): Promise<{ readonly end: number; readonly next: bigint; readonly damaged: number }> {
  let at = 0;
  let end = 0;
  let next = first;
  let damaged = 0;
  for (;;) {
    const part = await scan(path, at, { maxRecords: 1024, maxBytes: 16 << 20, end: size });
    if (part.records.length > 0) end = part.intactEnd;
    // Not even the number of a damaged record is given again.
    if (part.lastOffset !== undefined) next = part.lastOffset + 1n;
    if (part.position === at) return { end, next, damaged };
    damaged += part.damaged;
    at = part.position;
  }
}
