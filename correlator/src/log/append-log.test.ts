import {
  appendFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppendLog } from "./append-log.ts";
import { headerBytes } from "./frame.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotspan-log-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = (text: string): { timestampMs: number; headers: Record<string, string>; value: Buffer } => ({
  timestampMs: 1_795_000_000_123,
  headers: { "content-encoding": "zstd" },
  value: Buffer.from(text),
});
const all = { maxRecords: 10_000, maxBytes: 1 << 30 };
const texts = async (log: AppendLog, from = 0n): Promise<string[]> =>
  (await log.read(from, all)).map(({ value }) => Buffer.from(value).toString());
const segments = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(".log")).toSorted();

test("records come back with their offsets, times and headers, also after a restart", async () => {
  const first = await AppendLog.open({ folder });
  expect(await Promise.all(["a", "b", "c"].map((text) => first.append(record(text))))).toEqual([0n, 1n, 2n]);
  expect((await first.read(1n, all))[0]).toEqual({ offset: 1n, ...record("b") });
  await first.close();
  const second = await AppendLog.open({ folder });
  expect(second.id).toBe(first.id);
  expect(await second.append(record("d"))).toBe(3n);
  expect(await texts(second)).toEqual(["a", "b", "c", "d"]);
  await second.close();
});

test("a torn log tail loses no acknowledged record, wherever it tears", async () => {
  const log = await AppendLog.open({ folder });
  await log.append(record("kept"));
  const whole = (await stat(join(folder, (await segments())[0] ?? ""))).size;
  await log.append(record("torn"));
  await log.close();
  const path = join(folder, (await segments())[0] ?? "");
  const end = (await stat(path)).size;
  for (let size = end - 1; size >= whole; size -= 7) {
    await truncate(path, size);
    const reopened = await AppendLog.open({ folder });
    expect(await texts(reopened)).toEqual(["kept"]);
    expect(reopened.damaged).toBe(0);
    await reopened.append(record("torn"));
    expect(await texts(reopened)).toEqual(["kept", "torn"]);
    await reopened.close();
  }
  await appendFile(path, Buffer.alloc(5000, 0));
  const reopened = await AppendLog.open({ folder });
  expect(await texts(reopened)).toEqual(["kept", "torn"]);
  await reopened.close();
});

test("damage in the middle costs the records it hit and is counted", async () => {
  const log = await AppendLog.open({ folder });
  for (const text of ["zero", "one", "two", "three"]) await log.append(record(text));
  await log.close();
  const path = join(folder, (await segments())[0] ?? "");
  const size = (await stat(path)).size / 4;
  const file = await open(path, "r+");
  // A payload of the second, then the header of the third.
  await file.write(Buffer.from([0xff]), 0, 1, Math.floor(size) + headerBytes + 20);
  await file.write(Buffer.alloc(8, 0xee), 0, 8, Math.floor(size * 2) + 4);
  await file.close();
  const reopened = await AppendLog.open({ folder });
  expect(await texts(reopened)).toEqual(["zero", "three"]);
  expect((await reopened.read(1n, all)).map(({ offset }) => offset)).toEqual([3n]);
  expect(reopened.damaged).toBeGreaterThanOrEqual(2);
  expect(await reopened.append(record("four"))).toBe(4n);
  await reopened.close();
});

test("what was committed is forgotten, its segments go, and its offsets are never given again", async () => {
  const log = await AppendLog.open({ folder, segmentBytes: 200 });
  for (let i = 0; i < 20; i++) await log.append(record(`record ${i}`));
  const before = await segments();
  expect(before.length).toBeGreaterThan(3);
  await log.commit(15n);
  expect((await segments()).length).toBeLessThan(before.length);
  await log.commit(20n);
  await log.close();
  for (const name of await segments()) await rm(join(folder, name));
  const reopened = await AppendLog.open({ folder });
  expect(reopened.committed).toBe(20n);
  expect(await reopened.append(record("next"))).toBe(20n);
  expect(await texts(reopened, 20n)).toEqual(["next"]);
  await reopened.close();
});

test("above its limit it refuses, and takes again when something was committed", async () => {
  const log = await AppendLog.open({ folder, segmentBytes: 1000, maxBytes: 4000 });
  let taken = 0n;
  const fill = async (): Promise<void> => {
    for (;;) taken = await log.append(record("x".repeat(200)));
  };
  await expect(fill()).rejects.toMatchObject({ code: "HOTSPAN_CORRELATOR_LOG_FULL" });
  await log.commit(taken + 1n);
  expect(await log.append(record("y"))).toBe(taken + 1n);
  await log.close();
  await expect(log.append(record("z"))).rejects.toMatchObject({ code: "HOTSPAN_CORRELATOR_LOG_CLOSED" });
});

test("reading in parts gives every record once, over segments and while it grows", async () => {
  const log = await AppendLog.open({ folder, segmentBytes: 300 });
  const seen: bigint[] = [];
  let next = 0n;
  for (let i = 0; i < 50; i++) {
    await Promise.all([log.append(record(`a${i}`)), log.append(record(`b${i}`))]);
    const part = await log.read(next, { maxRecords: 3, maxBytes: 1000 });
    seen.push(...part.map(({ offset }) => offset));
    next = (part.at(-1)?.offset ?? next - 1n) + 1n;
  }
  while (seen.length < 100) {
    const part = await log.read(next, { maxRecords: 7, maxBytes: 1000 });
    seen.push(...part.map(({ offset }) => offset));
    next = (part.at(-1)?.offset ?? next - 1n) + 1n;
  }
  expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(i)));
  await log.close();
});

test("whoever reads at the end again and again does not read the whole segment each time", async () => {
  const log = await AppendLog.open({ folder });
  for (const text of ["zero", "one", "two"]) await log.append(record(text));
  expect(await texts(log)).toEqual(["zero", "one", "two"]);
  expect(await texts(log, 3n)).toEqual([]);
  // Whoever comes by here again takes note of it.
  const file = await open(join(folder, (await segments())[0] ?? ""), "r+");
  await file.write(Buffer.from([0xff]), 0, 1, headerBytes + 20);
  await file.close();
  await log.append(record("three"));
  expect(await texts(log, 3n)).toEqual(["three"]);
  expect(log.damaged).toBe(0);
  expect(await texts(log)).toEqual(["one", "two", "three"]);
  expect(log.damaged).toBe(1);
  await log.close();
});

test("reads on when the segment that was read last has been forgotten", async () => {
  const log = await AppendLog.open({ folder, segmentBytes: 1 });
  await log.append(record("old"));
  expect(await texts(log)).toEqual(["old"]);
  await log.append(record("new"));
  await log.commit(1n);
  expect((await segments()).length).toBe(1);
  expect(await texts(log, 1n)).toEqual(["new"]);
  await log.close();
});

test("the committed offset is kept in place, and a torn write of it costs one commit at most", async () => {
  const log = await AppendLog.open({ folder });
  for (let i = 0; i < 9; i++) await log.append(record(`${i}`));
  for (const next of [3n, 5n, 6n]) await log.commit(next);
  await log.close();
  const files = (await readdir(folder)).filter((name) => name.startsWith("committed")).toSorted();
  expect(files).toEqual(["committed.0", "committed.1"]);
  const whole = await Promise.all(files.map((name) => readFile(join(folder, name))));
  // 64 bytes each, whatever they say: they never need more room.
  expect(whole.map(({ length }) => length)).toEqual([64, 64]);
  const offsets: bigint[] = [];
  for (const torn of files) {
    for (const [i, name] of files.entries()) await writeFile(join(folder, name), whole[i] ?? "");
    await truncate(join(folder, torn), 3);
    const reopened = await AppendLog.open({ folder });
    offsets.push(reopened.committed);
    await reopened.close();
  }
  expect(new Set(offsets)).toEqual(new Set([5n, 6n]));
});

test("the committed offset of an older version is taken over", async () => {
  const log = await AppendLog.open({ folder });
  for (let i = 0; i < 4; i++) await log.append(record(`${i}`));
  await log.close();
  for (const name of ["committed.0", "committed.1"]) await rm(join(folder, name));
  await writeFile(join(folder, "committed"), "3");
  const opened = await AppendLog.open({ folder });
  expect(opened.committed).toBe(3n);
  await opened.close();
  expect((await readdir(folder)).includes("committed")).toBe(false);
});
