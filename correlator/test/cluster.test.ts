// One small case of what the whole suite shows with HOTSPAN_TEST_SHARDS=2: why it holds stands in docs/adr/0012-cluster.md.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StackMemory } from "../src/decode/index.ts";
import { backOff } from "../src/delivery/backoff.ts";
import { deliver } from "../src/delivery/deliver.ts";
import { batchEncoder } from "../src/delivery/encode.ts";
import type { DeliveryPorts } from "../src/delivery/ports.ts";
import { AppendLog } from "../src/log/append-log.ts";
import { openStore } from "../src/open-store.ts";
import { Held } from "../src/source/held.ts";
import { LogFeed } from "../src/source/log-feed.ts";
import { random, seed } from "./support/faults.ts";
import { expectStoredOnce, sendUntil } from "./support/ingest.ts";
import { freshJsonSpan } from "./support/otlp.ts";
import { message, newInstance, post } from "./support/windows.ts";
import { eventually, startChild, startWorld, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld(2);
});
afterAll(() => world?.close());

/** Rows of each shard. */
async function spread(table: string, where: string): Promise<readonly number[]> {
  const shards = [1, 2].map((shard) =>
    world.count(`SELECT countIf(_shard_num = ${shard}) FROM ${table} WHERE ${where}`),
  );
  return Promise.all(shards);
}

test("every acknowledged profile is stored once after kill -9 of each shard during ingest", async () => {
  const next = random(seed);
  const child = await startChild(world, { HOTSPAN_DATA: join(world.folder, "kill") });
  try {
    const over = new AbortController();
    const sending = sendUntil(over.signal, async ({ value }) => (await post(child.url, value)) === 202);
    for (const shard of world.shards) {
      await sleep(300 + next() * 900);
      const before = shard.pid;
      shard.kill("SIGKILL");
      await eventually("the shard is back", async () => shard.pid !== before);
      await eventually(
        "all shards answer",
        async () => (await world.count("SELECT count() >= 0 FROM profile_windows")) === 1,
      );
    }
    await sleep(500);
    over.abort();
    const sent = await sending;
    expect(sent.length).toBeGreaterThan(0);
    await expectStoredOnce(world, sent);
    const instances = [...new Set(sent.map(({ instance }) => `'${instance}'`))].join(", ");
    for (const rows of await spread("profile_samples", `Instance IN (${instances})`))
      expect(rows).toBeGreaterThan(0);
  } finally {
    await child.kill("SIGTERM");
  }
});

test("spans lie with the samples of their trace, and are found by it", async () => {
  const child = await startChild(world, { HOTSPAN_DATA: join(world.folder, "spans") });
  try {
    const traces: string[] = [];
    for (let i = 0; i < 20; i++) {
      const { value, traceId } = freshJsonSpan();
      const headers = { "content-type": "application/json" };
      const body = new Uint8Array(value);
      const answer = await fetch(`${child.url}/v1/traces`, { method: "POST", headers, body });
      expect(answer.status).toBe(200);
      traces.push(traceId);
    }
    const where = `TraceId IN (${traces.map((trace) => `'${trace}'`).join(", ")})`;
    const misplaced = `_shard_num - 1 != cityHash64(TraceId) % 2 AND ${where}`;
    for (const table of ["otel_traces", "otel_traces_trace_id_ts"]) {
      const found = `SELECT uniqExact(TraceId) FROM ${table} WHERE ${where}`;
      await eventually(`all in ${table}`, async () => (await world.count(found)) === traces.length);
      expect(await world.count(`SELECT count() FROM ${table} WHERE ${misplaced}`)).toBe(0);
    }
  } finally {
    await child.kill("SIGTERM");
  }
});

test("a batch that was begun on fewer shards is finished on them", async () => {
  const log = await AppendLog.open({ folder: join(world.folder, "log") });
  const instance = newInstance();
  const sent = await Promise.all(Array.from({ length: 6 }, (_, seq) => message({ instance, seq })));
  const append = async (some: typeof sent): Promise<void> => {
    for (const { value } of some)
      await log.append({ timestampMs: Date.now(), headers: { "content-encoding": "zstd" }, value });
  };
  await append(sent.slice(0, 3));
  const feed = new LogFeed(log, "profiles");
  const store = world.delivery();
  await store.writeCut(feed.source, { first: 0n, last: 2n, shards: 1, owner: "before the second shard" }, 1);
  const stop = new AbortController();
  const ports: DeliveryPorts = {
    owner: randomBytes(4).toString("hex"),
    store,
    deadLetters: { write: () => Promise.reject(new Error("no dead letters were expected")) },
    encode: batchEncoder(new StackMemory()),
    events: {
      failed: () => undefined,
      succeeded: () => undefined,
      ended: () => undefined,
      vanished: () => undefined,
      overlap: () => undefined,
      inserted: () => undefined,
      delivered: () => undefined,
    },
    room: () => Promise.resolve(),
    backOff,
    now: () => performance.now(),
    slot: (action) => action(),
  };
  const held = new Held(feed, { maxRecords: 10, maxBytes: 1 << 20, maxBacklogBytes: 1 << 20, lingerMs: 5 });
  const delivering = deliver(feed, held, ports, stop.signal);
  const samples = (some: typeof sent): number => some.reduce((sum, one) => sum + one.samples, 0);
  await eventually("the old batch", async () => log.committed === 3n);
  const where = `Instance = '${instance}'`;
  expect(await spread("profile_samples", where)).toEqual([samples(sent.slice(0, 3)), 0]);
  await append(sent.slice(3));
  await eventually("the new one", async () => log.committed === 6n);
  stop.abort();
  await delivering;
  await log.close();
  const [one = 0, two = 0] = await spread("profile_samples", where);
  expect(one + two).toBe(samples(sent));
  expect(two).toBeGreaterThan(0);
  expect(await world.count(`SELECT count() FROM profile_windows WHERE ${where}`)).toBe(sent.length);
});

test("shards in another order, or not set up, are refused before anything is decided", async () => {
  const [one = "", two = ""] = world.clickhouse.shards ?? [];
  const source = { cluster: "c", group: "g", topicId: "t", partition: 0 };
  const refusal = async (shards: readonly string[], database: string): Promise<unknown> => {
    const open = openStore({ ...world.clickhouse, database, shards });
    try {
      return await open.delivery.readCut(source, 0n);
    } catch (error) {
      return error;
    } finally {
      await open.close();
    }
  };
  expect(await refusal([two, one], world.clickhouse.database)).toMatchObject({
    code: "HOTSPAN_CORRELATOR_SHARD_MISPLACED",
    message: expect.stringContaining("is shard 2") as string,
  });
  expect(await refusal([one, two], "hotspan_none")).toMatchObject({
    code: "HOTSPAN_CORRELATOR_SHARD_MISPLACED",
    message: expect.stringContaining("run hotspan migrate --shards") as string,
  });
});
