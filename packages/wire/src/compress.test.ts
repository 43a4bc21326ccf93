import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compress, type ContentEncoding, decompress } from "./compress.ts";

describe("Compression", () => {
  const text = Buffer.from("a window ".repeat(1000));

  it.each<ContentEncoding>(["zstd", "gzip", "identity"])("%s comes back as it was", async (encoding) => {
    expect(Buffer.compare(await decompress(await compress(text, encoding), encoding), text)).toBe(0);
  });

  it.each([
    ["zstd", zstdCompressSync(Buffer.alloc(50_000_000))],
    ["gzip", gzipSync(Buffer.alloc(50_000_000))],
    ["identity", Buffer.alloc(2_000_000)],
  ])("a %s bomb ends at the limit", async (encoding, bomb) => {
    await expect(decompress(bomb, encoding, 1_000_000)).rejects.toMatchObject({
      code: "HOTSPAN_WIRE_WINDOW_TOO_LARGE",
      apiCode: "window_too_large",
    });
  });

  it.each<readonly [string, Uint8Array]>([
    ["zstd", Buffer.from("nonsense")],
    ["gzip", Buffer.from("nonsense")],
    // Node 22 takes a cut-off zstd frame for a whole one. Agents run there and only compress; correlators run on 24.
    ...(Number.parseInt(process.versions.node, 10) < 24
      ? []
      : [["zstd", zstdCompressSync(text).subarray(0, -4)] as const]),
    ["gzip", gzipSync(text).subarray(0, -12)],
  ])("%s bytes that are broken or cut off are refused", async (encoding, bytes) => {
    await expect(decompress(bytes, encoding)).rejects.toMatchObject({ code: "HOTSPAN_WIRE_BAD_COMPRESSION" });
  });

  it("an unknown encoding is named", async () => {
    await expect(decompress(text, "br")).rejects.toMatchObject({ apiCode: "unsupported_media_type" });
  });
});
