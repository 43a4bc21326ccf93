import { type Broker, testBroker, type TestBroker } from "@hotspan/broker";
import { TOPICS } from "@hotspan/wire";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Producer } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KafkaClient } from "../src/kafka/driver.ts";
import { killings, Members, random, rounds, seed, strike } from "./support/faults.ts";
import { expectSame, sendUntil, untilTrue } from "./support/ingest.ts";
import { kafkaClient, produce } from "./support/kafka.ts";
import { spansOf } from "./support/otlp.ts";
import { compareRows } from "./support/rows-in.ts";
import { openTopics, type TopicReader } from "./support/topics.ts";
import { eventually, startWorld, type World } from "./support/world.ts";

// Rows in are rows out: what lies in the topics when all is over, decoded once more, is what lies in the tables.

const sessionMs = 2000;
/** After so many rounds it is counted whether all is right so far. */
const roundsPerCount = 10;

let world: World;
let kafka: TestBroker | undefined;
let topics: TopicReader;
let producer: Producer;

beforeAll(async () => {
  [world, kafka] = await Promise.all([startWorld(), testBroker()]);
  console.info(`HOTSPAN_TEST_SEED=${seed}`);
  if (kafka === undefined) return;
  topics = await openTopics(kafka.brokers);
  // Not an idempotent one: what it sends again lies in the topic twice.
  producer = kafkaClient(kafka.brokers).producer();
  await producer.connect();
});
afterAll(async () => {
  await producer?.disconnect();
  await topics?.close();
  await world?.close();
  await kafka?.close();
});

// The last is a group that changes its library: a member of each.
test.each([
  ["kafkajs", "kafkajs", rounds(10, 200)],
  ["platformatic", "platformatic", rounds(3, 60)],
  ["kafkajs", "platformatic", rounds(2, 20)],
] as const)(
  "each record is stored once while the broker, ClickHouse and a correlator are killed and the group rebalances (%s, %s: %d times)",
  { timeout: 2 * 3_600_000 },
  async (first, second, total) => {
    if (kafka?.broker === undefined) return;
    const { broker } = kafka;
    const env = (name: string, library: KafkaClient): Record<string, string> => ({
      HOTSPAN_DATA: join(world.folder, `${first}-${second}-${name}`),
      HOTSPAN_KAFKA_CLIENT: library,
      HOTSPAN_KAFKA_SESSION_TIMEOUT_MS: String(sessionMs),
      HOTSPAN_KAFKA_BROKERS: broker.brokers,
    });
    const members = new Members(world, [env("one", first), env("two", second)]);
    const tally = new Map<string, number>();
    const next = random(seed + total);
    const all = { records: 0, rows: 0 };
    await members.start();
    try {
      for (let done = 0; done < total; done += roundsPerCount) {
        const count = Math.min(roundsPerCount, total - done);
        const counted = await countedRounds(count, {
          broker,
          members,
          next,
          tally,
          guest: env("guest", second),
        });
        all.records += counted.records;
        all.rows += counted.rows;
        const figures = JSON.stringify({ ...Object.fromEntries(tally), ...all });
        console.info(`${first}, ${second}: ${figures}, none lost, none twice`);
      }
    } catch (error) {
      console.log(error, await members.report());
      throw error;
    } finally {
      await members.close();
    }
  },
);

interface Run {
  readonly broker: Broker;
  readonly members: Members;
  readonly next: () => number;
  readonly tally: Map<string, number>;
  readonly guest: Readonly<Record<string, string>>;
}

/** Some rounds under load; then what came in is compared with what is there. */
async function countedRounds(
  count: number,
  { broker, members, next, tally, guest }: Run,
): Promise<{ readonly records: number; readonly rows: number }> {
  const service = `faults-${randomBytes(6).toString("hex")}`;
  // Behind what others have sent.
  await Promise.all([topics.read(TOPICS.profiles), topics.read(TOPICS.spans)]);
  const over = new AbortController();
  const acked = (action: () => Promise<unknown>): Promise<boolean> =>
    action().then(
      () => true,
      () => false,
    );
  const windows = sendUntil(over.signal, (window) => acked(() => produce(producer, [window])));
  const spans = sendSpans(over.signal, service, (value) =>
    acked(() => producer.send({ topic: TOPICS.spans, acks: -1, messages: [{ value }] })),
  );
  const stored = (): Promise<number> => world.count("SELECT count() FROM profile_windows");
  for (let round = 0; round < count; round++) {
    const before = await stored();
    // The group works again, all of it: what is hit is at work.
    await eventually("something is stored", async () => (await stored()) > before + 3, 600);
    if (process.env["DEBUG"] !== undefined) console.info(new Date().toISOString(), round, before);
    await strike(
      {
        ...killings(world, members, next, broker),
        // In turns: a member that sleeps longer than its session, and one that comes and goes.
        ...(round % 2 === 0
          ? { frozen: () => members.freeze(1, sessionMs * (1 + next())) }
          : { guest: () => members.visit(guest, 1500 * next()) }),
      },
      next,
      tally,
    );
  }
  over.abort();
  const [sent, sentSpans] = await Promise.all([windows, spans]);
  await topics.allCommitted();
  const records = { profiles: await topics.read(TOPICS.profiles), spans: await topics.read(TOPICS.spans) };
  expect(records.profiles.length).toBeGreaterThanOrEqual(sent.length);
  expect(records.spans.length).toBeGreaterThanOrEqual(sentSpans);
  const instances = [...new Set(sent.map(({ instance }) => `'${instance}'`))].join(", ");
  const found = await compareRows(world, records, {
    profiles: `Instance IN (${instances})`,
    spans: `ServiceName = '${service}'`,
  });
  expectSame(found);
  // Every acknowledged one: what is compared above is what the broker has.
  expect(found["profile_windows"]?.rows).toBe(sent.length);
  expect(found["otel_traces"]?.rows).toBeGreaterThan(0);
  return {
    records: records.profiles.length + records.spans.length,
    rows: Object.values(found).reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** How many messages were acknowledged. */
async function sendSpans(
  over: AbortSignal,
  service: string,
  send: (value: Buffer) => Promise<boolean>,
): Promise<number> {
  let sent = 0;
  while (!over.aborted) {
    const value = spansOf(service, 3);
    await untilTrue(() => send(value));
    sent++;
    await sleep(100);
  }
  return sent;
}
