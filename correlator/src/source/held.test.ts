import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Held } from "./held.ts";
import type { Feed, SourceRecord } from "./source.ts";

const record = (offset: number, bytes = 10): SourceRecord => ({
  offset: BigInt(offset),
  timestampMs: 0,
  headers: {},
  value: Buffer.alloc(bytes),
});

/** Gives a list of records at each read, and then nothing. */
function feedOf(...reads: readonly (readonly SourceRecord[])[]): Feed & { left: () => number } {
  const waiting = [...reads];
  return {
    source: { cluster: "c", group: "g", topicId: "t", partition: 0 },
    kind: "profiles",
    topic: "t",
    get lag() {
      return reads.flat().length;
    },
    left: () => waiting.length,
    position: () => Promise.resolve(0n),
    async read(_from, { patienceMs }) {
      const next = waiting.shift();
      if (next === undefined && patienceMs !== undefined) await sleep(patienceMs);
      return next ?? [];
    },
    rewind: () => Promise.resolve(true),
    commit: () => Promise.resolve(),
  };
}

const limits = { maxRecords: 5, maxBytes: 20, maxBacklogBytes: 45, lingerMs: 0 };
const { signal } = new AbortController();
const offsets = (records: readonly SourceRecord[]): number[] => records.map(({ offset }) => Number(offset));

test("a cut of a source that is behind is as large as a backlog may be, and no larger", async () => {
  const feed = feedOf([record(0), record(1)], [record(2), record(3)], [record(4), record(5)], [record(6)]);
  const held = new Held(feed, limits);
  expect(offsets(await held.next(signal))).toEqual([0, 1]);
  // 50 bytes would be too much; the fifth was fetched for the next one.
  expect(offsets(await held.gather(signal))).toEqual([0, 1, 2, 3]);
  expect(feed.left()).toBe(1);
  expect([held.reaches(5n), held.reaches(6n)]).toEqual([true, false]);
  await held.commit(4n);
  expect(offsets(await held.next(signal))).toEqual([4, 5]);
});

test("a cut has at most so many records, and a source that seems to be behind and is not ends it", async () => {
  const small = feedOf(
    Array.from({ length: 4 }, (_, i) => record(i, 1)),
    Array.from({ length: 4 }, (_, i) => record(4 + i, 1)),
  );
  const held = new Held(small, limits);
  await held.next(signal);
  expect(offsets(await held.gather(signal))).toEqual([0, 1, 2, 3, 4]);
  const gap = feedOf([record(0)], []);
  Object.defineProperty(gap, "lag", { value: 7 });
  const other = new Held(gap, limits);
  await other.next(signal);
  expect(offsets(await other.gather(signal))).toEqual([0]);
});
