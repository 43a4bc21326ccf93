import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { lz4Compress, lz4Decompress, snappyCompress, snappyDecompress } from "@platformatic/wasm-utils";
import kafkajs from "kafkajs";

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

const zstdCompress = promisify(zlib.zstdCompress);
const zstdDecompress = promisify(zlib.zstdDecompress);

const zstd: Codec = {
  compress: ({ buffer }) => zstdCompress(buffer),
  decompress: (buffer) => zstdDecompress(buffer),
};
const lz4: Codec = {
  compress: ({ buffer }) => Promise.resolve(Buffer.from(lz4Compress(buffer))),
  decompress: (buffer) => Promise.resolve(Buffer.from(lz4Decompress(buffer))),
};
const snappy: Codec = {
  compress: ({ buffer }) => Promise.resolve(Buffer.from(snappyCompress(buffer))),
  decompress: (buffer) => Promise.resolve(decompressSnappy(buffer)),
};

/** kafkajs reads gzip only, and a record in any other codec ends its consumer for good. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy;
}

// snappy-java, and so every Java producer, wraps blocks: magic, two version numbers, then length and block in turns.
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

function decompressSnappy(buffer: Buffer): Buffer {
  if (!buffer.subarray(0, xerial.length).equals(xerial)) return Buffer.from(snappyDecompress(buffer));
  const blocks: Buffer[] = [];
  for (let at = 16; at + 4 <= buffer.length; ) {
    const length = buffer.readUInt32BE(at);
    blocks.push(Buffer.from(snappyDecompress(buffer.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
