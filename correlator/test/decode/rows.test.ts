import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeWindow, sampleTotals } from "@hotspan/wire";
import { makeHeapWindow, makeWindow } from "@hotspan/wire/testing";
import { insertRows } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BatchBuilder, type FinishedBatch } from "../../src/decode/index.ts";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
  // Windows and spans of fixed days, which grow old.
  await db.alter("SYSTEM STOP TTL MERGES");
});
afterAll(() => db.close());

const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, "../../src/decode/fixtures", name));

async function insert(batch: FinishedBatch): Promise<void> {
  expect(batch.deadLetters).toEqual([]);
  for (const block of batch.blocks) {
    await insertRows(db.writer, block);
    const stored = await db.rows<{ id: string; n: string }>(
      `SELECT _partition_id AS id, count() AS n FROM ${block.table} GROUP BY id`,
    );
    const counts = new Map(stored.map(({ id, n }) => [id, Number(n)]));
    expect([block.table, counts]).toEqual([block.table, block.perPartition]);
  }
}

test("a window's rows are stored in the partitions the block names, and add up", async () => {
  // Across midnight, so that there are two partitions, and from a Sunday to a Monday.
  const startMillis = Date.UTC(2026, 10, 22, 23, 59, 56);
  const window = makeWindow({ startMillis, spans: 5, stacks: 40, wakes: true });
  const builder = new BatchBuilder(2n ** 63n + 5n);
  const meta = { source: "c/g/t/0", offset: 41n, timestampMs: startMillis + 11_000, headers: {} };
  await builder.addWindow(meta, encodeWindow(window));
  const batch = builder.finish();
  expect(batch.blocks.find((block) => block.table === "profile_samples")?.perPartition.size).toBe(2);
  await insert(batch);

  const totals = sampleTotals(window.ticks, window.header, 40);
  const sum = (column: Float64Array): string => String(column.reduce((a, b) => a + b));
  const expected = {
    n: String(batch.counts.samples),
    wall: sum(totals.wallNanos),
    cpu: sum(totals.cpuNanos),
  };
  expect(
    await db.rows(
      "SELECT count() AS n, toString(sum(Value)) AS wall, toString(sum(CpuNano)) AS cpu FROM profile_samples " +
        "WHERE (ServiceName, StackHash) IN (SELECT ServiceName, StackHash FROM profile_stacks) AND Batch = 9223372036854775813",
    ),
  ).toEqual([expected]);
  // The sums by stack that whole services are read from.
  expect(
    await db.rows(
      "SELECT toString(sum(n)) AS n, toString(sum(wall)) AS wall, toString(sum(cpu)) AS cpu FROM (" +
        "SELECT StackHash, count() AS n, sum(Value) AS wall, sum(CpuNano) AS cpu FROM profile_samples " +
        "WHERE ServiceName = 'shop' AND ProfileType = 'wall' GROUP BY StackHash) " +
        "SETTINGS force_optimize_projection_name = 'by_stack'",
    ),
  ).toEqual([expected]);
  const hashes = (table: string, column: string): Promise<readonly unknown[]> =>
    db.rows(`SELECT DISTINCT toString(${column}) AS hash FROM ${table} ORDER BY hash`);
  expect(await hashes("profile_windows", "arrayJoin(StackHashes)")).toEqual(
    await hashes("profile_samples", "StackHash"),
  );
  const [row] = await db.rows(
    "SELECT TickDelta, TickState, LabelSpanId, TurnBusy, ResumeSource, ResumeLate, RunDelayDelta, RunDelaySpan, RunDelay, SourceOffset, toUnixTimestamp64Milli(ReceivedAt) AS received, " +
      "toUnixTimestamp64Micro(Start) AS start FROM profile_windows",
  );
  expect(row).toEqual({
    TickDelta: [...window.ticks.deltaMicros],
    TickState: [...window.ticks.state],
    LabelSpanId: window.labels.map((label) => label.spanId),
    TurnBusy: [...(window.journal?.turnBusyMicros ?? [])],
    ResumeSource: [...(window.journal?.resumeSource ?? [])],
    ResumeLate: [...(window.journal?.resumeLateMicros ?? [])],
    RunDelayDelta: [...(window.journal?.runDelayDeltaMicros ?? [])],
    RunDelaySpan: [...(window.journal?.runDelaySpanMicros ?? [])],
    RunDelay: [...(window.journal?.runDelayMicros ?? [])],
    SourceOffset: "41",
    received: String(meta.timestampMs),
    start: String(window.header.start.epochNanos / 1000n),
  });
  expect(await db.rows("SELECT ServiceName, Zone, Pid, Runtime FROM profile_instances")).toEqual([
    { ServiceName: "shop", Zone: "zone-a", Pid: 4242, Runtime: "nodejs 24.21.0" },
  ]);
});

test("spans read back as the rows the Collector's exporter stored, byte for byte", async () => {
  const builder = new BatchBuilder(1n);
  const meta = { source: "c/g/t/0", offset: 0n, timestampMs: Date.UTC(2026, 0, 2, 3, 5), headers: {} };
  builder.addSpans(meta, fixture("otlp_spans-2-0.bin"), "application/x-protobuf");
  await insert(builder.finish());
  const lines = fixture("otel_traces.jsonl").toString("utf8").trim().split("\n");
  const columns = Object.keys(JSON.parse(lines[0] ?? "{}") as object).map((name) => `\`${name}\``);
  const result = await db.writer.query({
    query: `SELECT ${columns.join(", ")} FROM otel_traces`,
    format: "JSONEachRow",
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });
  const stored = (await result.text()).trim().split("\n");
  expect(stored.toSorted()).toEqual(lines.filter((line) => !line.includes("node-sdk-svc")).toSorted());
});

test("a heap profile is stored with its bytes and objects, and its window is not one of ticks", async () => {
  const startMillis = Date.UTC(2026, 10, 23, 10);
  const window = makeHeapWindow({
    startMillis,
    service: "heaps",
    stacks: [
      {
        frames: [{ name: "leak", file: "src/cache.js", line: 3, column: 1 }],
        objects: 7,
        bytes: 5_000_000_000,
      },
    ],
  });
  const builder = new BatchBuilder(77n);
  const meta = { source: "c/g/t/0", offset: 43n, timestampMs: startMillis, headers: {} };
  await builder.addWindow(meta, encodeWindow(window));
  const { blocks, deadLetters } = builder.finish();
  expect(deadLetters).toEqual([]);
  for (const block of blocks) await insertRows(db.writer, block);
  expect(
    await db.rows(
      "SELECT ProfileType, toString(Value) AS bytes, toString(Objects) AS objects, Functions FROM profile_samples " +
        "JOIN profile_stacks USING (ServiceName, StackHash) WHERE ServiceName = 'heaps'",
    ),
  ).toEqual([{ ProfileType: "heap_inuse", bytes: "5000000000", objects: "7", Functions: ["leak"] }]);
  expect(
    await db.rows("SELECT toString(PeriodNano) AS period FROM profile_windows WHERE ServiceName = 'heaps'"),
  ).toEqual([{ period: "0" }]);
});
