import { compress, encodeWindow } from "@hotspan/wire";
import { testShards } from "@hotspan/store/testing";
import { makeWindow } from "@hotspan/wire/testing";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BatchBuilder, type TableBlock } from "../src/decode/index.ts";
import { blockToken } from "../src/delivery/batch-id.ts";
import type { ClickHouseDelivery } from "../src/delivery/clickhouse.ts";
import type { SourceId } from "../src/source/source.ts";
import { newInstance } from "./support/windows.ts";
import { startWorld, type World } from "./support/world.ts";

// What docs/adr/0002-delivery.md assumes of ClickHouse, asked of a real one.
let world: World;
let store: ClickHouseDelivery;

beforeAll(async () => {
  world = await startWorld();
  store = world.delivery();
});
afterAll(() => world?.close());

const newSource = (): SourceId => ({
  cluster: "c",
  group: "g",
  topicId: randomBytes(4).toString("hex"),
  partition: 3,
});
const newBatch = (): bigint => randomBytes(8).readBigUInt64LE();

async function blocksOf(batch: bigint, starts: readonly number[]): Promise<readonly TableBlock[]> {
  const builder = new BatchBuilder(batch);
  for (const [i, startMillis] of starts.entries()) {
    const window = makeWindow({ instance: newInstance(), seed: i + 1, seconds: 5, startMillis });
    const value = await compress(encodeWindow(window));
    const headers = { "content-encoding": "zstd" };
    await builder.addWindow(
      { source: "s", offset: BigInt(i), timestampMs: startMillis + 6000, headers },
      value,
    );
  }
  return builder.finish().blocks;
}

const only = (blocks: readonly TableBlock[], table: string): TableBlock => {
  const block = blocks.find((b) => b.table === table);
  if (block === undefined) throw new Error(table);
  return block;
};

test("of many proposals for a cut the first visible one wins for ever, through merges", async () => {
  const source = newSource();
  const seen = await Promise.all(
    Array.from({ length: 24 }, async (_, i) => {
      // Tokens of different attempts, so that all of them are written.
      await store.writeCut(
        source,
        { first: 7n, last: 7n + BigInt(i), shards: store.shards, owner: `owner ${i}` },
        i + 1,
      );
      return store.readCut(source, 7n);
    }),
  );
  const winner = await store.readCut(source, 7n);
  expect(new Set(seen.map((cut) => cut?.owner))).toEqual(new Set([winner?.owner]));
  await world.client.command({ query: `OPTIMIZE TABLE ${world.local("profile_batches")} FINAL` });
  expect(await store.readCut(source, 7n)).toEqual(winner);
  expect(await store.readCut(source, 6n)).toBeUndefined();
  expect(await store.readCut({ ...source, partition: 4 }, 7n)).toBeUndefined();
  await store.writeCut(source, { first: 100n, last: 120n, shards: store.shards, owner: "x" }, 1);
  expect(await store.readCut(source, 115n)).toMatchObject({ first: 100n, last: 120n });
});

test("of many batches that claim a window one holds it", async () => {
  const key = { instance: newInstance(), thread: 0, startMicros: 5n, part: 1 };
  const other = { ...key, part: 2 };
  const batches = Array.from({ length: 16 }, newBatch);
  const lost = await Promise.all(batches.map((batch) => store.claim(batch, [key])));
  const holders = batches.filter((_, i) => lost[i]?.length === 0);
  expect(holders.length).toBe(1);
  // Again, as after a restart: the same answer.
  expect(await store.claim(holders[0] ?? 0n, [key, other])).toEqual([]);
  expect(await store.claim(batches.find((b) => b !== holders[0]) ?? 0n, [key, other])).toEqual([key, other]);
});

test("an insert is one part per partition, and the same token inserts nothing more", async () => {
  const batch = newBatch();
  const noon = Date.UTC(2026, 10, 20, 12);
  const block = only(await blocksOf(batch, [noon, noon + 86_400_000]), "profile_samples");
  expect([...block.perPartition.keys()]).toEqual(["20261120", "20261121"]);
  expect(await store.lacking(batch, block)).toEqual(new Set(["20261120", "20261121"]));
  await world.client.command({ query: `SYSTEM STOP MERGES ${world.local("profile_samples")}` });
  const token = blockToken(batch, block.table, 1);
  for (let i = 0; i < 2; i++) await store.insert(block, token);
  await store.settle(block, token);
  expect(await store.lacking(batch, block)).toEqual(new Set());
  expect(await world.count(`SELECT count() FROM profile_samples WHERE Batch = ${batch}`)).toBe(block.rows);
  expect(await world.count(`SELECT uniqExact(_part) FROM profile_samples WHERE Batch = ${batch}`)).toBe(2);
});

test("under a later token only the partitions that lack their rows are inserted", async () => {
  const batch = newBatch();
  const noon = Date.UTC(2026, 10, 18, 12);
  const blocks = await blocksOf(batch, [noon, noon + 86_400_000]);
  for (const table of ["profile_samples", "profile_events", "profile_windows"]) {
    const block = only(blocks, table);
    const token = blockToken(batch, table, 2);
    for (let i = 0; i < 2; i++) await store.insert(block, token, new Set(["20261119"]));
    expect(await store.lacking(batch, block)).toEqual(new Set(["20261118"]));
    expect(await world.count(`SELECT count() FROM ${table} WHERE Batch = ${batch}`)).toBe(
      block.perPartition.get("20261119"),
    );
  }
});

test("spans are found by their ids, and the trace index is repaired", async () => {
  const traceId = randomBytes(16).toString("hex");
  const nowMs = Date.now();
  const spans = [0, 1].map((i) => ({
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: "x",
    startTimeUnixNano: `${nowMs - i}000000`,
    endTimeUnixNano: `${nowMs + 5}000000`,
  }));
  const builder = new BatchBuilder(1n);
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  builder.addSpans({ source: "s", offset: 0n, timestampMs: nowMs, headers: {} }, body, "application/json");
  const block = only(builder.finish().blocks, "otel_traces");
  expect((await store.lacking(1n, block)).size).toBe(1);
  await store.insert(block, `spans/${traceId}`);
  expect(await store.lacking(1n, block)).toEqual(new Set());
  await world.client.command({
    query: `ALTER TABLE ${world.local("otel_traces_trace_id_ts")} DELETE WHERE TraceId = '${traceId}'`,
    clickhouse_settings: { mutations_sync: "1" },
  });
  await store.repairDependents(block);
  const index = `SELECT count() FROM otel_traces_trace_id_ts WHERE TraceId = '${traceId}'`;
  expect(await world.count(index)).toBe(1);
});

// A cluster has no deletions.
test.skipIf(testShards > 1)(
  "what a deletion took of a block is not brought back, nor what it left stored twice",
  async () => {
    const batch = newBatch();
    const block = only(await blocksOf(batch, [Date.now() - 60_000]), "profile_samples");
    await store.insert(block, blockToken(batch, block.table, 1));
    // Another test stops them, and mutations with them.
    await world.client.command({ query: "SYSTEM START MERGES profile_samples" });
    await world.client.command({
      query: `ALTER TABLE profile_samples DELETE WHERE Batch = ${batch} AND TraceId = (SELECT any(TraceId) FROM profile_samples WHERE Batch = ${batch} AND TraceId != '')`,
      clickhouse_settings: { mutations_sync: "1" },
    });
    expect(await world.count(`SELECT count() FROM profile_samples WHERE Batch = ${batch}`)).toBeLessThan(
      block.rows,
    );
    expect(await store.lacking(batch, block)).toEqual(new Set());

    const nowMs = Date.now();
    const [gone, kept] = [0, 1].map(() => randomBytes(16).toString("hex"));
    const spans = [gone, kept].map((traceId) => ({
      traceId,
      spanId: randomBytes(8).toString("hex"),
      name: "x",
      startTimeUnixNano: `${nowMs}000000`,
      endTimeUnixNano: `${nowMs}000000`,
    }));
    const service = `s-${randomBytes(4).toString("hex")}`;
    const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
    const builder = new BatchBuilder(1n);
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
    builder.addSpans({ source: "s", offset: 0n, timestampMs: nowMs, headers: {} }, body, "application/json");
    const ofSpans = only(builder.finish().blocks, "otel_traces");
    await store.insert(ofSpans, `spans/${gone}`);
    const job = (values: string): Promise<unknown> =>
      world.client.command({
        query: `INSERT INTO deletion_jobs (JobId, Version, Kind, Service, TraceIds, RequestedAt) VALUES (${values})`,
      });
    await world.client.command({
      query: `ALTER TABLE otel_traces DELETE WHERE TraceId = '${gone}'`,
      clickhouse_settings: { mutations_sync: "1" },
    });
    expect((await store.lacking(1n, ofSpans)).size).toBe(1);
    await job(`'a', 1, 'traces', '', [reinterpretAsUInt128(reverse(unhex('${gone}')))], now64(3)`);
    expect(await store.lacking(1n, ofSpans)).toEqual(new Set());
    // Of a service: what happened before it was asked for, and nothing later.
    await world.client.command({
      query: `ALTER TABLE otel_traces DELETE WHERE TraceId = '${kept}'`,
      clickhouse_settings: { mutations_sync: "1" },
    });
    await job(`'b', 1, 'service', '${service}', [], now64(3) - INTERVAL 1 HOUR`);
    expect((await store.lacking(1n, ofSpans)).size).toBe(1);
    await job(`'c', 1, 'service', '${service}', [], now64(3) + INTERVAL 1 MINUTE`);
    expect(await store.lacking(1n, ofSpans)).toEqual(new Set());
  },
);

test("whether the server may have restarted is told by its uptime", async () => {
  expect(await store.mayHaveRestarted(3_600_000)).toBe(true);
  const seconds = await world.count("SELECT uptime()");
  if (seconds < 4) await new Promise((resolve) => setTimeout(resolve, 4000 - seconds * 1000));
  expect(await store.mayHaveRestarted(10)).toBe(false);
});
