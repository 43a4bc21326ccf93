import { readFileSync } from "node:fs";
import { join } from "node:path";
import { shardOfId, shardOfStack } from "@hotspan/store";
import { compress, encodeWindow } from "@hotspan/wire";
import { makeHeapWindow, makeWindow } from "@hotspan/wire/testing";
import { expect, test } from "vitest";
import { BatchBuilder, type FinishedBatch } from "./batch.ts";
import { type Row, rowsOf } from "./testing/rows.ts";

const recordMs = 1_795_000_012_000;
const traces = Array.from({ length: 9 }, (_, i) => `${i + 1}`.repeat(32));

/** A window with ticks, one that was sent twice, a heap, an OTLP profile and spans. */
async function build(shards: number): Promise<FinishedBatch> {
  const builder = new BatchBuilder(7n, { shards });
  const meta = (offset: number, headers: Record<string, string> = {}) => ({
    source: "cluster/group/topic/3",
    offset: BigInt(offset),
    timestampMs: recordMs,
    headers,
  });
  const windows = [
    makeWindow({ seed: 1, spans: 30 }),
    makeWindow({ seed: 2, spans: 30, instance: "5".repeat(32) }),
    makeHeapWindow({
      seq: 9,
      startMillis: recordMs - 10_000,
      stacks: [{ frames: [{ name: "leak", file: "a.js", line: 3, column: 1 }], objects: 2, bytes: 2000 }],
    }),
  ];
  for (const [i, window] of windows.entries()) {
    await builder.addWindow(meta(i, { "content-encoding": "zstd" }), await compress(encodeWindow(window)));
  }
  const spans = traces.map((traceId) => ({
    traceId,
    spanId: traceId.slice(16),
    name: "x",
    startTimeUnixNano: `${recordMs - 5}000000`,
    endTimeUnixNano: `${recordMs}000000`,
  }));
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  builder.addSpans(meta(3), body, "application/json");
  const recorded = readFileSync(join(import.meta.dirname, "fixtures/otlp_profiles-0-0.bin"));
  builder.addPlain({ ...meta(4), timestampMs: 1_767_323_046_000 }, recorded, "otlp");
  builder.dropWindows(builder.windowKeys().filter(({ instance }) => instance === "5".repeat(32)));
  return builder.finish();
}

const text = (row: Row): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));

test("the rows of all shards are those of a single server, each where its trace, instance or stack says", async () => {
  const single = await build(1);
  expect(single.deadLetters).toEqual([]);
  const shards = 3;
  const spread = await build(shards);
  expect(spread.counts).toEqual(single.counts);
  const tables = single.blocks.map(({ table }) => table);
  expect([...new Set(spread.blocks.map(({ table }) => table))]).toEqual(tables);
  for (const block of single.blocks) {
    const parts = spread.blocks.filter(({ table }) => table === block.table);
    const rows = parts.flatMap((part) => rowsOf(part).map(text));
    expect(rows.toSorted()).toEqual(rowsOf(block).map(text).toSorted());
    for (const part of parts) {
      expect(part.rows).toBe(rowsOf(part).length);
      expect([...part.perPartition.values()].reduce((a, b) => a + b, 0)).toBe(part.rows);
      for (const row of rowsOf(part))
        expect([part.table, shardOf(part.table, row, shards)]).toEqual([part.table, part.shard]);
      if (part.probe.kind === "spans") {
        expect(part.probe.ids.map(({ traceId }) => traceId).toSorted()).toEqual(
          rowsOf(part)
            .map((row) => row["TraceId"] as string)
            .toSorted(),
        );
      }
    }
  }
  for (const table of ["profile_samples", "profile_traces", "profile_stacks", "otel_traces"]) {
    const used = spread.blocks.filter((block) => block.table === table).map(({ shard }) => shard);
    expect([table, used]).toEqual([table, [0, 1, 2]]);
  }
});

function shardOf(table: string, row: Row, shards: number): number {
  const id = (column: string): string => row[column] as string;
  switch (table) {
    case "otel_traces":
    case "profile_traces":
      return shardOfId(id("TraceId"), shards);
    case "profile_samples":
      return shardOfId(id("TraceId") || id("Instance"), shards);
    case "profile_stacks": {
      const hash = row["StackHash"] as bigint;
      return shardOfStack(Number(hash >> 32n), Number(hash & 0xffffffffn), shards);
    }
    default:
      return shardOfId(id("Instance"), shards);
  }
}
