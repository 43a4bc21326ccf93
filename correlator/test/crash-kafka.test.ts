import { testBroker, type TestBroker } from "@hotspan/broker";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { KAFKA_CLIENTS } from "../src/kafka/driver.ts";
import { expectStoredOnce, kills, random, seed, sendUntil } from "./support/ingest.ts";
import { kafkaClient, produce } from "./support/kafka.ts";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

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

// The last is a group that changes its library: a member of each.
test.each([...KAFKA_CLIENTS.map((library) => [library, library] as const), KAFKA_CLIENTS])(
  "every acknowledged profile is stored once after kill -9 of the broker, of a correlator (%s, %s) and of the store",
  async (...libraries) => {
    if (kafka?.broker === undefined) return;
    const { broker } = kafka;
    const next = random(seed + 2);
    const env = (name: "c" | "d"): Record<string, string> => ({
      HOTSPAN_DATA: join(world.folder, name),
      HOTSPAN_KAFKA_CLIENT: libraries[name === "c" ? 0 : 1],
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
          world.shards[i % world.shards.length]?.kill("SIGKILL");
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
    await expectStoredOnce(world, sent);
  },
);
