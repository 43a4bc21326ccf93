import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StackMemory } from "../src/decode/index.ts";
import { backOff } from "../src/delivery/backoff.ts";
import { deliver } from "../src/delivery/deliver.ts";
import { batchEncoder } from "../src/delivery/encode.ts";
import type { DeliveryPorts } from "../src/delivery/ports.ts";
import { AppendLog } from "../src/log/append-log.ts";
import { Held } from "../src/source/held.ts";
import { LogFeed } from "../src/source/log-feed.ts";
import { expectStoredOnce } from "./support/ingest.ts";
import { compareRows } from "./support/rows-in.ts";
import { message, newInstance } from "./support/windows.ts";
import { eventually, startWorld, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());

test("two owners of one partition write each row once, whatever cuts each of them would make", async () => {
  const log = await AppendLog.open({ folder: join(world.folder, "log") });
  const instance = newInstance();
  const sent = await Promise.all(Array.from({ length: 60 }, (_, seq) => message({ instance, seq })));
  for (const { value } of sent) {
    await log.append({ timestampMs: Date.now(), headers: { "content-encoding": "zstd" }, value });
  }
  const stop = new AbortController();
  const delivered = { inherited: 0, own: 0 };
  const owners = [1, 2, 3].map((number) => {
    const ports: DeliveryPorts = {
      owner: randomBytes(4).toString("hex"),
      store: world.delivery(),
      deadLetters: { write: () => Promise.reject(new Error("no dead letters were expected")) },
      encode: batchEncoder(new StackMemory()),
      events: {
        failed: () => undefined,
        succeeded: () => undefined,
        ended: () => undefined,
        vanished: () => undefined,
        overlap: () => undefined,
        inserted: () => undefined,
        delivered: (_source, _records, _encoded, inherited) => {
          if (inherited) delivered.inherited++;
          else delivered.own++;
        },
      },
      room: () => Promise.resolve(),
      backOff,
      now: () => performance.now(),
      slot: (action) => action(),
    };
    const feed = new LogFeed(log, "profiles");
    const held = new Held(feed, {
      maxRecords: 2 + number * 3,
      maxBytes: 1 << 20,
      maxBacklogBytes: 2 << 20,
      lingerMs: 5,
    });
    return deliver(feed, held, ports, stop.signal);
  });
  await eventually("all delivered", async () => log.committed === log.next, 60);
  stop.abort();
  await Promise.all(owners);
  await log.close();
  // They did meet.
  expect(delivered.inherited).toBeGreaterThan(0);
  await expectStoredOnce(world, sent);
});

test("the comparison that all of these lean on tells a lost row from a doubled one", async () => {
  const instance = newInstance();
  const sent = await Promise.all([0, 1].map((seq) => message({ instance, seq })));
  const records = sent.map(({ value }, i) => ({
    offset: BigInt(i),
    timestampMs: Date.now(),
    headers: { "content-encoding": "zstd" },
    value,
  }));
  const encoded = await batchEncoder(new StackMemory())(
    1n,
    world.shards.length,
    { cluster: "c", group: "g", topicId: "t", partition: 0 },
    "profiles",
    records.slice(0, 1),
    () => Promise.resolve([]),
  );
  const store = world.delivery();
  for (const block of encoded.blocks) await store.insert(block, undefined);
  const where = { profiles: `Instance = '${instance}'`, spans: "0" };
  const [first, second] = sent;
  expect((await compareRows(world, { profiles: records }, where))["profile_samples"]).toEqual({
    rows: (first?.samples ?? 0) + (second?.samples ?? 0),
    lost: second?.samples,
    doubled: 0,
  });
  await world.client.command({
    query: `INSERT INTO profile_samples SELECT * FROM profile_samples WHERE ${where.profiles} LIMIT 3`,
  });
  expect((await compareRows(world, { profiles: records.slice(0, 1) }, where))["profile_samples"]).toEqual({
    rows: first?.samples,
    lost: 0,
    doubled: 3,
  });
});
