import { createRequire } from "node:module";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { lz4Compress, snappyCompress } from "@platformatic/wasm-utils";
import kafkajs from "kafkajs";
import { checkCount, type Codec, inflate, type RefusedBatch, refusalOf } from "../inflate.ts";

interface CodecPort {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

const compressors: Readonly<Record<Codec, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: promisify(zlib.gzip),
  zstd: promisify(zlib.zstdCompress),
  lz4: (bytes) => Promise.resolve(Buffer.from(lz4Compress(bytes))),
  snappy: (bytes) => Promise.resolve(Buffer.from(snappyCompress(bytes))),
};

/** kafkajs reads gzip only, without a limit, and a record in any other codec ends its consumer for good. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const types = {
    [CompressionTypes.GZIP]: "gzip",
    [CompressionTypes.Snappy]: "snappy",
    [CompressionTypes.LZ4]: "lz4",
    [CompressionTypes.ZSTD]: "zstd",
  } as const;
  for (const [type, codec] of Object.entries(types)) {
    const port: CodecPort = {
      compress: ({ buffer }) => compressors[codec](buffer),
      decompress: (buffer) => inflate(codec, buffer),
    };
    CompressionCodecs[Number(type) as keyof typeof types] = () => port;
  }
  guardBatches();
}

/** Set on the message that stands for a batch that was refused. */
export const refused: unique symbol = Symbol("refused");

interface BatchDecoder {
  readonly buffer: Buffer;
  offset: number;
}
type DecodeBatch = (decoder: BatchDecoder) => Promise<{ readonly records: readonly object[] }>;

const HEADER_BYTES = 61;
let guarded = false;

/**
 * An error in one batch would end the consumer, and meet the next one at the same place. A batch that is refused becomes one message
 * instead, at the place of its last record.
 */
function guardBatches(): void {
  if (guarded) return;
  guarded = true;
  // kafkajs asks for it with its first fetch.
  const require = createRequire(import.meta.url);
  const path = require.resolve("kafkajs/src/protocol/recordBatch/v0/decoder");
  const decode = require(path) as DecodeBatch;
  const module = require.cache[path];
  if (module === undefined) return;
  const guard: DecodeBatch = async (decoder) => {
    const { buffer, offset: start } = decoder;
    if (start + HEADER_BYTES > buffer.length) return decode(decoder);
    const length = buffer.readInt32BE(start + 8);
    const attributes = buffer.readInt16BE(start + 21);
    const compressed = (attributes & 7) !== 0;
    try {
      if (compressed && start + 12 + length <= buffer.length) checkCount(buffer.readInt32BE(start + 57));
      return await decode(decoder);
    } catch (error) {
      if (!compressed || (error as Error).name === "KafkaJSPartialMessageError") throw error;
      decoder.offset = start + 12 + length;
      return { records: [substitute(buffer.subarray(start, start + HEADER_BYTES), refusalOf(error))] };
    }
  };
  module.exports = guard;
}

/**
 * Of a batch's header: first offset i64 · length i32 · leader epoch i32 · magic i8 · crc i32 · attributes i16 · last offset delta
 * i32 · first timestamp i64 · last timestamp i64 · producer id i64 · producer epoch i16 · first sequence i32 · records i32
 */
function substitute(header: Buffer, error: RefusedBatch): object {
  const inTransaction = (header.readInt16BE(21) & 0x10) !== 0;
  const first = header.readBigInt64BE(0);
  return {
    magicByte: 2,
    attributes: 0,
    offset: (first + BigInt(header.readInt32BE(23))).toString(),
    timestamp: header.readBigInt64BE(35).toString(),
    key: null,
    value: null,
    headers: {},
    isControlRecord: false,
    batchContext: { inTransaction, isControlBatch: false, producerId: header.readBigInt64BE(43).toString() },
    [refused]: { code: error.code, detail: `from offset ${first} on: ${error.message}` },
  };
}
