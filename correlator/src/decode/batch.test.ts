import { compress, encodeWindow, sampleTotals, type Window } from "@hotspan/wire";
import { makeHeapWindow, makeWindow } from "@hotspan/wire/testing";
import { describe, expect, it } from "vitest";
import { BatchBuilder } from "./batch.ts";
import { StackMemory } from "./stack-rows.ts";
import { rowsOf } from "./testing/rows.ts";
import type { RecordMeta, TableBlock } from "./types.ts";

const recordMs = 1_795_000_012_000;
const meta = (offset: number, over: Partial<RecordMeta> = {}): RecordMeta => ({
  source: "cluster/group/topic/3",
  offset: BigInt(offset),
  timestampMs: recordMs,
  headers: { "content-encoding": "zstd" },
  ...over,
});
const leak = { name: "leak", file: "src/cache.js", line: 3, column: 1 };
const root = { name: "main", file: "src/main.js", line: 1, column: 1 };
const message = async (window: Window): Promise<Uint8Array> => compress(encodeWindow(window));
const table = (blocks: readonly TableBlock[], name: string): TableBlock => {
  const block = blocks.find((candidate) => candidate.table === name);
  if (block === undefined) throw new Error(`no block for ${name}`);
  return block;
};

describe("BatchBuilder", () => {
  it("makes one sample row per tick with a stack, and their sums are those of the pprof section", async () => {
    const window = makeWindow({ seconds: 10 });
    const builder = new BatchBuilder(7n);
    await builder.addWindow(meta(5), await message(window));
    const { blocks, deadLetters, counts } = builder.finish();
    expect(deadLetters).toEqual([]);
    expect(blocks.map((block) => block.table)).toEqual([
      "profile_stacks",
      "profile_instances",
      "profile_traces",
      "profile_samples",
      "profile_events",
      "profile_windows",
    ]);
    const block = table(blocks, "profile_samples");
    const rows = rowsOf(block);
    expect(rows.length).toBe(block.rows);
    expect(rows.length).toBe(window.ticks.stack.filter((stack) => stack > 0).length);
    expect(counts).toMatchObject({ windows: 1, samples: rows.length, ticks: window.ticks.state.length });
    const totals = sampleTotals(window.ticks, window.header, 1000);
    const sum = (column: string): number => rows.reduce((total, row) => total + Number(row[column]), 0);
    expect(sum("Value")).toBe(totals.wallNanos.reduce((a, b) => a + b));
    expect(sum("CpuNano")).toBe(totals.cpuNanos.reduce((a, b) => a + b));
    expect(new Set(rows.map((row) => row["Batch"]))).toEqual(new Set([7n]));
    expect([...block.perPartition.values()].reduce((a, b) => a + b)).toBe(rows.length);

    const stored = new Set(rowsOf(table(blocks, "profile_stacks")).map((row) => row["StackHash"]));
    expect(rows.every((row) => stored.has(row["StackHash"]))).toBe(true);
    const [row] = rowsOf(table(blocks, "profile_windows"));
    expect(row).toMatchObject({ ServiceName: "shop", Batch: 7n, SourceOffset: 5n, Part: 1, HasJournal: 1 });
    expect(new Set(row?.["StackHashes"] as bigint[])).toEqual(stored);
  });

  it("gives the same bytes for the same records, whoever builds them", async () => {
    const windows = [makeWindow({ seed: 1 }), makeWindow({ seed: 2, seconds: 3 }), makeWindow({ seed: 3 })];
    const build = async (parallel: boolean): Promise<readonly TableBlock[]> => {
      const builder = new BatchBuilder(9n);
      const values = await Promise.all(windows.map(message));
      if (parallel) await Promise.all(values.map((value, i) => builder.addWindow(meta(i), value)));
      else for (const [i, value] of values.entries()) await builder.addWindow(meta(i), value);
      return builder.finish().blocks;
    };
    expect(await build(true)).toEqual(await build(false));
  });

  it("makes a dead letter of a bad record and keeps its neighbours whole", async () => {
    const good = await message(makeWindow({ seed: 4 }));
    const alone = new BatchBuilder(1n);
    await alone.addWindow(meta(1), good);
    const builder = new BatchBuilder(1n);
    await builder.addWindow(meta(0), Buffer.from("nonsense"));
    await builder.addWindow(meta(1), good);
    await builder.addWindow(meta(2, { timestampMs: recordMs + 25 * 3600_000 }), good);
    const { blocks, deadLetters } = builder.finish();
    expect(blocks).toEqual(alone.finish().blocks);
    expect(deadLetters.map(({ offset, code }) => [offset, code])).toEqual([
      [0n, "HOTSPAN_WIRE_BAD_COMPRESSION"],
      [2n, "HOTSPAN_WIRE_TIME_OUT_OF_RANGE"],
    ]);
  });

  it("keeps the first of two equal windows, and drops those that are stored already", async () => {
    const [one, two] = [makeWindow({ seed: 5 }), makeWindow({ seed: 6 })];
    const builder = new BatchBuilder(1n);
    for (const [i, window] of [one, two, one].entries())
      await builder.addWindow(meta(i), await message(window));
    const keys = builder.windowKeys();
    expect(keys.map((key) => key.instance)).toEqual([one.header.instance, two.header.instance]);
    builder.dropWindows(keys.slice(0, 1));
    const { blocks, counts } = builder.finish();
    expect(counts).toMatchObject({ records: 3, windows: 1, duplicateWindows: 2 });
    const instances = new Set(rowsOf(table(blocks, "profile_samples")).map((row) => row["Instance"]));
    expect(instances).toEqual(new Set([two.header.instance]));
    expect(rowsOf(table(blocks, "profile_windows")).map((row) => row["SourceOffset"])).toEqual([1n]);
  });

  it("sends a stack once a day when the memory knows it", async () => {
    const stackMemory = new StackMemory();
    const value = await message(makeWindow({ seed: 7 }));
    const rows = async (timestampMs: number): Promise<number | undefined> => {
      const builder = new BatchBuilder(1n, { stackMemory });
      await builder.addWindow(meta(0, { timestampMs }), value);
      const block = builder.finish().blocks.find(({ table: name }) => name === "profile_stacks");
      builder.stacksStored();
      return block?.rows;
    };
    const first = await rows(recordMs);
    expect(first).toBeGreaterThan(100);
    expect(await rows(recordMs)).toBeUndefined();
    expect(await rows(recordMs + 20 * 3600_000)).toBe(first);
  });

  it("makes rows of a heap profile, whose window has no ticks", async () => {
    const window = makeHeapWindow({
      allocations: true,
      reason: "near_limit",
      stacks: [
        {
          frames: [leak, root],
          objects: 3,
          bytes: 3_000_000_000_000,
          allocObjects: 5,
          allocBytes: 5_000_000,
        },
        { frames: [root], objects: 0, bytes: 0, allocObjects: 1, allocBytes: 16 },
      ],
    });
    const builder = new BatchBuilder(7n);
    await builder.addWindow(meta(5), await message(window));
    const { blocks, deadLetters, counts } = builder.finish();
    expect(deadLetters).toEqual([]);
    expect(counts).toMatchObject({ windows: 1, ticks: 0, samples: 3 });
    const rows = rowsOf(table(blocks, "profile_samples"));
    const start = window.header.start.epochNanos / 1000n;
    expect(rows.map((row) => [row["ProfileType"], row["Value"], row["Objects"], row["CpuNano"]])).toEqual([
      ["heap_inuse", 3_000_000_000_000n, 3n, 0n],
      ["heap_alloc", 5_000_000n, 5n, 0n],
      ["heap_alloc", 16n, 1n, 0n],
    ]);
    for (const row of rows)
      expect(row).toMatchObject({
        ServiceName: "shop",
        TraceId: "",
        Endpoint: "",
        Timestamp: start,
        Batch: 7n,
      });
    const stored = new Map(
      rowsOf(table(blocks, "profile_stacks")).map((row) => [row["StackHash"], row["Functions"]]),
    );
    expect(rows.map((row) => stored.get(row["StackHash"]))).toEqual([
      ["leak", "main"],
      ["leak", "main"],
      ["main"],
    ]);
    // Without a period: not a window that ticks are looked for in.
    expect(rowsOf(table(blocks, "profile_windows"))).toMatchObject([
      { PeriodNano: 0n, Start: start, End: start },
    ]);
    expect(rowsOf(table(blocks, "profile_events"))).toMatchObject([
      { Kind: "heap_near_limit", Timestamp: start, DurationNano: 0n },
    ]);
  });

  it.each([
    ["is no pprof", () => Buffer.from("nonsense"), /HOTSPAN_WIRE_(BAD_PPROF|MALFORMED)/],
    [
      "has the values of another type",
      () => makeWindow({ seconds: 1, stacks: 3 }).pprof,
      /HOTSPAN_WIRE_BAD_PPROF/,
    ],
    [
      "is too deep",
      () =>
        makeHeapWindow({
          stacks: [{ frames: Array.from({ length: 600 }, () => root), objects: 1, bytes: 1 }],
        }).heap?.pprof,
      /HOTSPAN_WIRE_STACK_TOO_DEEP/,
    ],
  ])("makes a dead letter of a heap profile that %s", async (_, pprof, code) => {
    const window = makeHeapWindow({ stacks: [] });
    const heap = { reason: "interval", intervalBytes: 1, pprof: pprof() ?? Buffer.alloc(0) } as const;
    const builder = new BatchBuilder(7n);
    await builder.addWindow(meta(5), await message({ ...window, heap }));
    const { blocks, deadLetters } = builder.finish();
    expect(blocks).toEqual([]);
    expect(deadLetters).toMatchObject([{ offset: 5n, code: expect.stringMatching(code) as string }]);
  });
});
