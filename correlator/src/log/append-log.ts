import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { CorrelatorError } from "../errors.ts";
import { isFull } from "../delivery/trouble.ts";
import { readText, replaceFile, syncFolder } from "./files.ts";
import { encodeHeader, encodePayload, type LogRecord } from "./frame.ts";
import { PositionFile } from "./position-file.ts";
import { findEnd, scan, segmentFirst, segmentName } from "./segment.ts";

export interface AppendLogOptions {
  readonly folder: string;
  /** Bytes of all segments together above which `append` refuses; default 1 GiB. */
  readonly maxBytes?: number;
  /** A segment is closed above this; default 64 MiB. */
  readonly segmentBytes?: number;
}

interface Segment {
  readonly first: bigint;
  readonly path: string;
  bytes: number;
}

interface Waiting {
  readonly payload: Buffer;
  readonly resolve: (offset: bigint) => void;
  readonly reject: (error: Error) => void;
}

interface Cursor {
  readonly segment: Segment;
  readonly position: number;
  /** The offset the cursor stands before; lower ones lie behind it. */
  readonly offset: bigint;
}

/**
 * A local log that survives kill -9 and power cuts: `append` resolves when the record is on disk. Requests that come
 * while one fsync runs share the next. Readers see only what was synced: a record that a power cut could take back, and
 * whose offset another record would then get, is never handed on.
 */
export class AppendLog {
  /** Random, made with the log: a new log never continues the offsets of a lost one. */
  readonly id: string;
  /** Damaged stretches passed over since the log was opened. */
  damaged = 0;
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  #file: FileHandle;
  #next: bigint;
  readonly #position: PositionFile;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #flushing: Promise<void> | undefined;
  #cursor: Cursor | undefined;
  #failure: CorrelatorError | undefined;
  #closed = false;
  #grown: () => void = () => undefined;

  private constructor(
    options: AppendLogOptions,
    state: {
      readonly id: string;
      readonly segments: Segment[];
      readonly file: FileHandle;
      readonly next: bigint;
      readonly position: PositionFile;
      readonly damaged: number;
    },
  ) {
    this.id = state.id;
    this.damaged = state.damaged;
    this.#folder = options.folder;
    this.#maxBytes = options.maxBytes ?? 1 << 30;
    this.#segmentBytes = options.segmentBytes ?? 64 << 20;
    this.#segments = state.segments;
    this.#file = state.file;
    this.#next = state.next;
    this.#position = state.position;
  }

  /** Opens or makes the log in a folder that this process holds (see `lockFolder`). A torn tail is cut off. */
  static async open(options: AppendLogOptions): Promise<AppendLog> {
    const { folder } = options;
    await mkdir(folder, { recursive: true });
    const id = await readId(join(folder, "id"));
    const position = await PositionFile.open(join(folder, "committed"));
    const committed = position.offset;
    const segments: Segment[] = [];
    for (const name of (await readdir(folder)).toSorted()) {
      const first = segmentFirst(name);
      if (first === undefined) continue;
      const path = join(folder, name);
      segments.push({ first, path, bytes: (await stat(path)).size });
    }
    let end = 0n;
    let damaged = 0;
    const last = segments.at(-1);
    if (last !== undefined) {
      const found = await findEnd(last.path, last.first, last.bytes);
      if (found.end < last.bytes) await truncate(last.path, found.end);
      last.bytes = found.end;
      damaged = found.damaged;
      end = found.next;
    }
    const next = end > committed ? end : committed;
    // Where damage to the files left the committed offset beyond the last record, a segment begins there.
    if (last === undefined || next > end)
      segments.push({ first: next, path: join(folder, segmentName(next)), bytes: 0 });
    const active = segments.at(-1) as Segment;
    const file = await open(active.path, "a");
    // A killed process leaves written but unsynced records: they count from here on, so they must be on disk.
    await file.datasync();
    await syncFolder(folder);
    return new AppendLog(options, { id, segments, file, next, position, damaged });
  }

  /** Offset the next record will get. */
  get next(): bigint {
    return this.#next;
  }

  get committed(): bigint {
    return this.#position.offset;
  }

  /** The lowest offset that can still be read. */
  get start(): bigint {
    return this.#segments[0]?.first ?? this.#next;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Set when the disk failed: nothing more is accepted until a restart. */
  get failure(): CorrelatorError | undefined {
    return this.#failure;
  }

  /** Resolves with the record's offset once it is on disk. Throws HOTSPAN_CORRELATOR_LOG_FULL, …_DISK_FULL, …_FAILED, …_CLOSED. */
  append(record: Omit<LogRecord, "offset">): Promise<bigint> {
    if (this.#closed)
      return Promise.reject(new CorrelatorError("HOTSPAN_CORRELATOR_LOG_CLOSED", "the ingest log is closed"));
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const payload = encodePayload(record);
    if (this.bytes + this.#waitingBytes + payload.length > this.#maxBytes) {
      return Promise.reject(
        new CorrelatorError(
          "HOTSPAN_CORRELATOR_LOG_FULL",
          `the ingest log holds its limit of ${this.#maxBytes} bytes`,
        ),
      );
    }
    this.#waitingBytes += payload.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ payload, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const first = this.#next;
        await this.#write(group);
        group.forEach((waiting, i) => {
          waiting.resolve(first + BigInt(i));
        });
        this.#grown();
      } catch (cause) {
        const error = isFull(cause)
          ? new CorrelatorError(
              "HOTSPAN_CORRELATOR_DISK_FULL",
              `the disk of the ingest log (${this.#folder}) is full: make room there`,
              { cause },
            )
          : new CorrelatorError("HOTSPAN_CORRELATOR_LOG_FAILED", "the ingest log cannot be written", {
              cause,
            });
        for (const waiting of group) waiting.reject(error);
      }
      for (const { payload } of group) this.#waitingBytes -= payload.length;
    }
    this.#flushing = undefined;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    let active = this.#segments.at(-1) as Segment;
    if (active.bytes >= this.#segmentBytes) active = await this.#roll();
    const parts = group.flatMap(({ payload }, i) => [encodeHeader(this.#next + BigInt(i), payload), payload]);
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    try {
      const { bytesWritten } = await this.#file.writev(parts);
      // The first of a full disk is a short write; it says why when asked for the rest.
      if (bytesWritten < size) await this.#file.appendFile(Buffer.concat(parts).subarray(bytesWritten));
    } catch (error) {
      // A full disk: what was half written goes, so that the next record follows an intact one.
      await this.#file.truncate(active.bytes).catch((cause: unknown) => this.#fail(cause));
      throw error;
    }
    try {
      await this.#file.datasync();
    } catch (error) {
      // Some file systems look for room only now. What was there before stands, and what is half written goes.
      if (isFull(error)) await this.#file.truncate(active.bytes).catch((cause: unknown) => this.#fail(cause));
      // After any other failed fsync nobody knows what is on disk, and a second one would not tell.
      else this.#fail(error);
      throw error;
    }
    active.bytes += size;
    this.#next += BigInt(group.length);
  }

  #fail(cause: unknown): void {
    this.#failure = new CorrelatorError(
      "HOTSPAN_CORRELATOR_LOG_FAILED",
      "the disk of the ingest log failed",
      {
        cause,
      },
    );
  }

  async #roll(): Promise<Segment> {
    const segment = { first: this.#next, path: join(this.#folder, segmentName(this.#next)), bytes: 0 };
    const file = await open(segment.path, "a");
    await syncFolder(this.#folder);
    await this.#file.close();
    this.#file = file;
    this.#segments.push(segment);
    return segment;
  }

  /**
   * Records from `offset` on, at least one if there is one; offsets of damaged records are missing. Reading on where the
   * last call ended costs one sequential read, any other place a scan of its segment.
   */
  async read(
    offset: bigint,
    limits: { readonly maxRecords: number; readonly maxBytes: number },
  ): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    let bytes = 0;
    let cursor = this.#stands(offset) ? this.#cursor : this.#seek(offset);
    while (cursor !== undefined && records.length < limits.maxRecords && bytes < limits.maxBytes) {
      const { segment } = cursor;
      // Synced bytes only: `segment.bytes` grows after the fsync.
      const part = await scan(segment.path, cursor.position, {
        maxRecords: limits.maxRecords - records.length,
        maxBytes: limits.maxBytes - bytes,
        end: segment.bytes,
      });
      this.damaged += part.damaged;
      for (const record of part.records) {
        if (record.offset < offset) continue;
        records.push(record);
        bytes += record.value.length;
      }
      const last = part.records.at(-1)?.offset;
      const before: bigint = last === undefined ? cursor.offset : last + 1n;
      const following = this.#segments[this.#segments.indexOf(segment) + 1];
      if (part.records.length > 0) cursor = { segment, position: part.position, offset: before };
      else if (following === undefined) break;
      else cursor = { segment: following, position: 0, offset: following.first };
    }
    // Skipped offsets make the cursor stand further than the caller will ask for: remember where he will. When there was
    // nothing to read he asks for the same again.
    const end = records.at(-1);
    this.#cursor = cursor && { ...cursor, offset: end === undefined ? offset : end.offset + 1n };
    return records;
  }

  /** Whether the last call ended before `offset`, in a segment that has not been forgotten since. */
  #stands(offset: bigint): boolean {
    return this.#cursor?.offset === offset && this.#segments.includes(this.#cursor.segment);
  }

  #seek(offset: bigint): Cursor | undefined {
    const segment = this.#segments.findLast((s) => s.first <= offset) ?? this.#segments[0];
    return segment === undefined ? undefined : { segment, position: 0, offset: segment.first };
  }

  /** Resolves when a record with `offset` or a later one is there, or `signal` aborts. */
  async waitFor(offset: bigint, signal: AbortSignal): Promise<void> {
    while (this.#next <= offset && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      this.#grown = wake;
      signal.addEventListener("abort", wake, { once: true });
      await promise;
      signal.removeEventListener("abort", wake);
    }
  }

  /** Everything before `next` has been stored: it is forgotten, and its segments are deleted. */
  async commit(next: bigint): Promise<void> {
    if (next <= this.#position.offset) return;
    await this.#position.write(next);
    while (this.#segments.length > 1 && (this.#segments[1]?.first ?? next + 1n) <= next) {
      const gone = this.#segments.shift() as Segment;
      await rm(gone.path, { force: true });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
    await this.#file.close();
  }
}

async function readId(path: string): Promise<string> {
  const known = (await readText(path))?.trim();
  if (known !== undefined && known !== "") return known;
  const id = randomBytes(12).toString("hex");
  await replaceFile(path, id);
  return id;
}
