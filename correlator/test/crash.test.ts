import { testBroker, type TestBroker } from "@hotspan/broker";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { kafkaClient, produce } from "./support/kafka.ts";
import { message, type Message, newInstance, post } from "./support/windows.ts";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

// One number decides when everything dies; HOTSPAN_TEST_SEED repeats a run.
const seed = Number(process.env["HOTSPAN_TEST_SEED"] ?? Date.now() % 1_000_000);
const kills = process.env["HOTSPAN_NIGHTLY"] === "1" ? 40 : 4;

function random(start: number): () => number {
  let state = start >>> 0;
  return () => {
    // https://en.wikipedia.org/wiki/Xorshift
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

let world: World;
let kafka: TestBroker | undefined;
const children: Child[] = [];

beforeAll(async () => {
  [world, kafka] = await Promise.all([startWorld(), testBroker()]);
  console.info(`HOTSPAN_TEST_SEED=${seed}`);
});
beforeEach(() => {
  children.length = 0;
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") for (const child of children) console.log(child.log().slice(-6000));
  await Promise.all(children.map((child) => child.kill("SIGTERM")));
});
afterAll(async () => {
  await world?.close();
  await kafka?.close();
});

/** Sends windows of several threads until `over`, and again whatever was not acknowledged, as an agent does. */
async function sendUntil(
  over: AbortSignal,
  send: (message: Message) => Promise<boolean>,
): Promise<readonly Message[]> {
  const acknowledged: Message[] = [];
  const thread = async (): Promise<void> => {
    const instance = newInstance();
    for (let seq = 0; !over.aborted; seq++) {
      const window = await message({ instance, seq });
      let done = await send(window);
      while (!done && !over.aborted) {
        await sleep(50);
        done = await send(window);
      }
      // Not acknowledged at the end: it may be there or not, once at most.
      if (done) acknowledged.push(window);
      await sleep(20);
    }
  };
  await Promise.all([thread(), thread(), thread()]);
  return acknowledged;
}

/** Every acknowledged window with all its samples, and none twice; without FINAL, without OPTIMIZE. */
async function expectStoredOnce(sent: readonly Message[]): Promise<void> {
  const threads = `Instance IN (${[...new Set(sent.map(({ instance }) => `'${instance}'`))].join(", ")})`;
  const keys = sent.map(({ instance, seq }) => `('${instance}', ${seq})`).join(", ");
  const windows = `SELECT uniqExact(Instance, Seq) FROM profile_windows WHERE (Instance, Seq) IN (${keys})`;
  await eventually("every acknowledged window", async () => (await world.count(windows)) === sent.length, 60);
  expect(
    await world.count(
      `SELECT count() FROM (SELECT Instance, Seq FROM profile_windows WHERE ${threads} GROUP BY Instance, Seq HAVING count() > 1)`,
    ),
  ).toBe(0);
  const result = await world.client.query({
    query: `SELECT Instance, Seq, Start, End FROM profile_windows WHERE (Instance, Seq) IN (${keys})`,
    format: "JSONEachRow",
  });
  const rows = await result.json<{ Instance: string; Seq: string; Start: string }>();
  expect(rows.length).toBe(sent.length);
  // The windows of a thread lie one behind the other, so a sample's window is the one that began last before it.
  const perWindow = await world.client.query({
    query: `SELECT w.Instance AS instance, toString(w.Seq) AS seq, count() AS samples
      FROM profile_samples AS s ASOF JOIN profile_windows AS w
        ON s.Instance = w.Instance AND s.Timestamp >= w.Start
      WHERE s.${threads} GROUP BY instance, seq`,
    format: "JSONEachRow",
  });
  const samples = new Map(
    (await perWindow.json<{ instance: string; seq: string; samples: string }>()).map((row) => [
      `${row.instance}/${row.seq}`,
      Number(row.samples),
    ]),
  );
  const wrong = sent.filter((m) => (samples.get(`${m.instance}/${m.seq}`) ?? 0) !== m.samples);
  expect(wrong.map((m) => [m.seq, m.samples, samples.get(`${m.instance}/${m.seq}`)])).toEqual([]);
}

test("every acknowledged profile is stored once after kill -9 of the store during ingest", async () => {
  const next = random(seed);
  const child = await startChild(world, { HOTSPAN_DATA: join(world.folder, "a") });
  children.push(child);
  const over = new AbortController();
  const sending = sendUntil(over.signal, async ({ value }) => (await post(child.url, value)) === 202);
  for (let i = 0; i < kills; i++) {
    await sleep(300 + next() * 900);
    world.store.kill("SIGKILL");
    await eventually("store is back", async () => (await world.count("SELECT 1")) === 1);
  }
  await sleep(500);
  over.abort();
  await expectStoredOnce(await sending);
});

test("every acknowledged profile is stored once after kill -9 of the correlator during ingest", async () => {
  const next = random(seed + 1);
  const env = { HOTSPAN_DATA: join(world.folder, "b") };
  let child = await startChild(world, env);
  const over = new AbortController();
  const sending = sendUntil(over.signal, async ({ value }) => (await post(child.url, value)) === 202);
  for (let i = 0; i < kills; i++) {
    await sleep(200 + next() * 900);
    await child.kill("SIGKILL");
    child = await startChild(world, env);
  }
  children.push(child);
  await sleep(300);
  over.abort();
  await expectStoredOnce(await sending);
});

test("every acknowledged profile is stored once after kill -9 of the broker, of a correlator and of the store", async ({
  skip,
}) => {
  if (kafka?.broker === undefined) return skip();
  const { broker } = kafka;
  const next = random(seed + 2);
  const env = (name: string): Record<string, string> => ({
    HOTSPAN_DATA: join(world.folder, name),
    HOTSPAN_KAFKA_BROKERS: broker.brokers,
  });
  let [one, two] = await Promise.all([startChild(world, env("c")), startChild(world, env("d"))]);
  for (const child of [one, two])
    await eventually("ready", async () => (await fetch(`${child.url}/readyz`)).status === 200);
  const producer = kafkaClient(broker.brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const over = new AbortController();
  const sending = sendUntil(over.signal, async (window) => {
    try {
      await produce(producer, [window]);
      return true;
    } catch {
      return false;
    }
  });
  for (let i = 0; i < kills; i++) {
    await sleep(400 + next() * 900);
    switch (i % 4) {
      case 0:
        await broker.kill("SIGKILL");
        await broker.restart();
        break;
      case 1:
        await one.kill("SIGKILL");
        one = await startChild(world, env("c"));
        break;
      case 2:
        world.store.kill("SIGKILL");
        break;
      default:
        await two.kill("SIGKILL");
        two = await startChild(world, env("d"));
    }
  }
  children.push(one, two);
  await sleep(500);
  over.abort();
  const sent = await sending;
  await producer.disconnect();
  expect(sent.length).toBeGreaterThan(0);
  await expectStoredOnce(sent);
});
