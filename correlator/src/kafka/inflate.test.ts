import { randomBytes } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { lz4Compress, snappyCompress } from "@platformatic/wasm-utils";
import { expect, test } from "vitest";
import { type Codec, inflate, inflateSync, MAX_BATCH_RECORDS } from "./inflate.ts";

/** Records as a batch has them: each with its length before, a zigzag varint below 64. */
function records(count: number, size = 20): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, () => Buffer.concat([Buffer.from([size * 2]), randomBytes(size)])),
  );
}

// As snappy-java frames blocks.
function xerial(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [Buffer.from("82534e41505059000000000100000001", "hex")];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = Buffer.from(snappyCompress(bytes.subarray(at, at + 32_768)));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    blocks.push(length, block);
  }
  return Buffer.concat(blocks);
}

const codecs: readonly (readonly [string, Codec, (bytes: Buffer) => Buffer])[] = [
  ["gzip", "gzip", (bytes) => gzipSync(bytes)],
  ["zstd", "zstd", (bytes) => zstdCompressSync(bytes)],
  ["lz4", "lz4", (bytes) => Buffer.from(lz4Compress(bytes))],
  ["snappy", "snappy", (bytes) => Buffer.from(snappyCompress(bytes))],
  ["snappy in blocks", "snappy", xerial],
];

test.each(codecs)("%s gives back what was compressed, up to the limit", async (_, codec, compress) => {
  const plain = records(5000);
  expect((await inflate(codec, compress(plain))).equals(plain)).toBe(true);
  expect(inflateSync(codec, compress(plain)).equals(plain)).toBe(true);
});

test.each(codecs)("%s is refused above the limit, before it is inflated", async (_, codec, compress) => {
  const bomb = compress(Buffer.alloc(32 << 20));
  const before = process.memoryUsage.rss();
  const refusal = {
    code: "HOTSPAN_KAFKA_BATCH_TOO_LARGE",
    message: expect.stringContaining("beyond 1048576 bytes"),
  };
  for (let i = 0; i < 50; i++) await expect(inflate(codec, bomb, 1 << 20)).rejects.toMatchObject(refusal);
  expect(() => inflateSync(codec, bomb, 1 << 20)).toThrow("inflates beyond 1048576 bytes");
  // Fifty times the whole of it would be 1.6 GB.
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 << 20);
});

test.each(codecs)("%s with too many records is refused", async (_, codec, compress) => {
  const most = compress(Buffer.alloc(MAX_BATCH_RECORDS));
  expect((await inflate(codec, most)).length).toBe(MAX_BATCH_RECORDS);
  await expect(inflate(codec, compress(Buffer.alloc(MAX_BATCH_RECORDS + 1)))).rejects.toMatchObject({
    code: "HOTSPAN_KAFKA_BATCH_TOO_LARGE",
  });
});

test.each(codecs)("%s that is damaged is refused, and nothing else is thrown", async (_, codec, compress) => {
  const good = compress(records(200));
  let refused = 0;
  for (let i = 0; i < 300; i++) {
    const bad = Buffer.from(good);
    const at = i % bad.length;
    bad.writeUInt8(bad.readUInt8(at) ^ (1 << (i % 8)), at);
    const cut = i % 3 === 0 ? bad.subarray(0, at) : bad;
    await inflate(codec, cut).catch((error: unknown) => {
      refused++;
      expect(error).toMatchObject({
        name: "RefusedBatch",
        code: expect.stringMatching(/^HOTSPAN_KAFKA_BATCH_/),
      });
    });
  }
  expect(refused).toBeGreaterThan(50);
});
