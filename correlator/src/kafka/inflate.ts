import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { lz4Decompress, snappyDecompress } from "@platformatic/wasm-utils";

/**
 * What a batch of records may be when it is inflated. Producers compress some hundred kilobytes at a time; a megabyte of zeros is
 * a kilobyte in zstd, so a small batch could otherwise take any amount of memory.
 */
export const MAX_BATCH_BYTES: number = 64 << 20;
export const MAX_BATCH_RECORDS: number = 100_000;

export type Codec = "gzip" | "snappy" | "lz4" | "zstd";
type RefusalCode = "HOTSPAN_KAFKA_BATCH_TOO_LARGE" | "HOTSPAN_KAFKA_BATCH_UNREADABLE";

/** A batch that is not inflated, or not to its end. What follows it in its partition is not concerned. */
export class RefusedBatch extends Error {
  readonly code: RefusalCode;
  /** For the Kafka libraries: trying again changes nothing. */
  readonly canRetry = false;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RefusedBatch";
    this.code = code;
  }
}

/** Throws RefusedBatch. */
export function checkCount(records: number): void {
  if (records > MAX_BATCH_RECORDS)
    throw new RefusedBatch(
      "HOTSPAN_KAFKA_BATCH_TOO_LARGE",
      `the batch has ${records} records or more, ${MAX_BATCH_RECORDS} are allowed`,
    );
}

/** In pieces of 16 kB, zlib's default, bytes go back and forth between the pool and the loop 64 times a megabyte. */
const options = (most: number) => ({ maxOutputLength: most, chunkSize: 1 << 17 });

const gunzip = promisify(zlib.gunzip);
const zstdDecompress = promisify(zlib.zstdDecompress);

/** Inflates the records of a batch, on the thread pool where zlib does it. Rejects with RefusedBatch. */
export async function inflate(
  codec: Codec,
  data: Uint8Array,
  most: number = MAX_BATCH_BYTES,
): Promise<Buffer> {
  try {
    switch (codec) {
      case "gzip":
        return checked(await gunzip(data, options(most)));
      case "zstd":
        return checked(await zstdDecompress(data, options(most)));
      case "snappy":
      case "lz4":
        return inflateSync(codec, data, most);
    }
  } catch (error) {
    throw refusal(codec, most, error);
  }
}

/** As `inflate`, at once. Throws RefusedBatch. */
export function inflateSync(codec: Codec, data: Uint8Array, most: number = MAX_BATCH_BYTES): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  try {
    switch (codec) {
      case "gzip":
        return checked(zlib.gunzipSync(bytes, options(most)));
      case "zstd":
        return checked(zlib.zstdDecompressSync(bytes, options(most)));
      case "snappy":
        return checked(inflateSnappy(bytes, most));
      case "lz4":
        if (lz4Length(bytes) > most) throw tooLarge(codec, most);
        return checked(Buffer.from(lz4Decompress(bytes)));
    }
  } catch (error) {
    throw refusal(codec, most, error);
  }
}

/** Each record begins with its length, a zigzag varint; an empty one takes seven bytes, and forty times that as an object. */
function checked(records: Buffer): Buffer {
  let count = 0;
  for (let at = 0; at < records.length; count++) {
    let length = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = records[at++] ?? 0;
      length += (byte & 0x7f) * shift;
      if (byte < 128) break;
    }
    at += length / 2;
    if (count >= MAX_BATCH_RECORDS) checkCount(count + 1);
  }
  return records;
}

/** An error in reading a batch as a refusal of it. */
export function refusalOf(error: unknown): RefusedBatch {
  if (error instanceof RefusedBatch) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new RefusedBatch("HOTSPAN_KAFKA_BATCH_UNREADABLE", `its records cannot be read: ${said}`, {
    cause: error,
  });
}

function refusal(codec: Codec, most: number, error: unknown): RefusedBatch {
  if (error instanceof RefusedBatch) return error;
  if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return tooLarge(codec, most);
  const said = error instanceof Error ? error.message : String(error);
  return new RefusedBatch("HOTSPAN_KAFKA_BATCH_UNREADABLE", `the batch is no ${codec}: ${said}`, {
    cause: error,
  });
}

function tooLarge(codec: Codec, most: number): RefusedBatch {
  return new RefusedBatch(
    "HOTSPAN_KAFKA_BATCH_TOO_LARGE",
    `the batch, compressed with ${codec}, inflates beyond ${most} bytes`,
  );
}

// snappy-java, and so every Java producer, wraps blocks: magic, two version numbers, then length and block in turns.
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

function inflateSnappy(bytes: Buffer, most: number): Buffer {
  const blocks: Buffer[] = [];
  if (!bytes.subarray(0, xerial.length).equals(xerial)) blocks.push(bytes);
  else
    for (let at = 16; at < bytes.length; ) {
      const length = bytes.readUInt32BE(at);
      if (at + 4 + length > bytes.length) throw new Error("a block is cut off");
      blocks.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  // Each begins with its length when inflated.
  if (blocks.reduce((sum, block) => sum + varint(block), 0) > most) throw tooLarge("snappy", most);
  return Buffer.concat(blocks.map((block) => Buffer.from(snappyDecompress(block))));
}

function varint(bytes: Buffer): number {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const byte = bytes.readUInt8(at);
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 128) return value;
  }
  throw new Error("its length is no number");
}

/**
 * The most a frame of LZ4 can hold: a whole block for each it has, which is what it holds but for its last
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md):
 *   magic u32 · flags u8 · size of a block in bits 4–6 u8 · content size u64? · dictionary u32? · checksum u8 ·
 *   blocks [ length u32, its highest bit: not compressed · data · checksum u32? ] · 0 u32
 */
function lz4Length(bytes: Buffer): number {
  if (bytes.readUInt32LE(0) !== 0x184d2204) throw new Error("it has no frame");
  const flags = bytes.readUInt8(4);
  const block = 2 ** (8 + 2 * ((bytes.readUInt8(5) >> 4) & 7));
  const checksum = (flags & 0x10) === 0 ? 0 : 4;
  let total = 0;
  for (let at = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4); at + 4 <= bytes.length; ) {
    const word = bytes.readUInt32LE(at);
    if (word === 0) break;
    const length = word & 0x7fffffff;
    total += word >= 0x80000000 ? length : block;
    at += 4 + length + checksum;
  }
  return total;
}
