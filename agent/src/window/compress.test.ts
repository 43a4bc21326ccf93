import { execFileSync } from "node:child_process";
import { close, closeSync, mkdtempSync, open, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { compressSoon } from "./compress.ts";

const THREADS = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);

/** Every thread of the pool waits for somebody who writes to a pipe, until the function that is returned is called. */
function hangPool(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-pool-"));
  const pipes = Array.from({ length: THREADS }, (_, i) => join(folder, String(i)));
  execFileSync("mkfifo", pipes);
  const readers = pipes.map((pipe) => promisify(open)(pipe, "r"));
  return async () => {
    // For reading and writing a pipe opens without waiting for anybody.
    const writers = pipes.map((pipe) => openSync(pipe, "r+"));
    for (const reader of await Promise.all(readers)) await promisify(close)(reader);
    writers.forEach(closeSync);
    rmSync(folder, { recursive: true });
  };
}

test("a pool without a free thread keeps no window back, nor gets another one before it has dealt with the first", async () => {
  const bytes = Buffer.from("sample ".repeat(10_000));
  const free = hangPool();
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  try {
    expect(zstdDecompressSync(await compressSoon(bytes))).toEqual(bytes);
    // The loop was not held meanwhile.
    expect(turns).toBeGreaterThan(0);
    turns = 0;
    expect(zstdDecompressSync(await compressSoon(bytes))).toEqual(bytes);
    expect(turns).toBe(0);
  } finally {
    clearInterval(counting);
    await free();
  }
});

test("a small window asks nobody of the pool", async () => {
  const bytes = Buffer.from("sample ".repeat(1000));
  const free = hangPool();
  try {
    const compressed = compressSoon(bytes);
    // Done before the loop turns.
    const first = await Promise.race([compressed, new Promise((resolve) => setImmediate(resolve))]);
    expect(zstdDecompressSync(first as Uint8Array)).toEqual(bytes);
  } finally {
    await free();
  }
});

test("what is too much to do on the loop waits for the pool", async () => {
  const bytes = Buffer.alloc((1 << 20) + 1, "sample ");
  const free = hangPool();
  let done = false;
  const compressed = compressSoon(bytes).then((result) => {
    done = true;
    return result;
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(done).toBe(false);
  await free();
  expect(zstdDecompressSync(await compressed)).toEqual(bytes);
});
