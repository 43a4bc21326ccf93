import { decodeWindow, decompress, HEADERS, TOPICS, WIRE_VERSION, type Window } from "@hotspan/wire";
import { testBroker } from "@hotspan/broker";
import kafkajs from "kafkajs";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { app, registerCommonJs, registerModule } from "./support/runtimes.ts";

interface ConsumedRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly window: Window;
}

test("windows arrive in Kafka under the key of their thread, also the last one before process.exit()", async (context) => {
  const broker = await testBroker();
  if (broker === undefined) return context.skip("no Kafka");
  const kafka = new kafkajs.Kafka({ brokers: broker.brokers.split(","), logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPICS.profiles, numPartitions: 3 }] });
  await admin.disconnect();

  for (const { preload, ending, exit } of [
    { preload: ["--import", registerModule], ending: "natural", exit: 0 },
    { preload: ["--require", registerCommonJs], ending: "exit", exit: 3 },
  ]) {
    const { code, stderr } = await runNode([...preload, app("life.cjs"), ending], {
      HOTSPAN_KAFKA_BROKERS: broker.brokers,
      HOTSPAN_WINDOW_MS: "30000",
      HOTSPAN_EXIT_MS: "5000",
    }).ended;
    expect({ code, stderr }).toEqual({ code: exit, stderr: "" });
  }

  const consumer = kafka.consumer({ groupId: `agent-test-${process.pid}` });
  const records: ConsumedRecord[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: TOPICS.profiles, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          try {
            const headers = Object.fromEntries(
              Object.entries(message.headers ?? {}).map(([key, value]) => [key, String(value)]),
            );
            const bytes = await decompress(message.value as Buffer, headers[HEADERS.encoding]);
            records.push({ key: String(message.key), headers, window: decodeWindow(bytes) });
            if (new Set(records.map(({ key }) => key)).size === 2) resolve();
          } catch (error) {
            reject(error as Error);
          }
        },
      });
    });
  } finally {
    await consumer.disconnect();
    await broker.close();
  }
  for (const { key, headers, window } of records) {
    expect(key).toBe(`${window.header.instance}/0`);
    expect(headers).toMatchObject({
      [HEADERS.version]: `${WIRE_VERSION.major}.${WIRE_VERSION.minor}`,
      [HEADERS.profileId]: window.header.profileId,
      [HEADERS.encoding]: "zstd",
    });
  }
  for (const instance of new Set(records.map(({ window }) => window.header.instance))) {
    const own = records.map(({ window }) => window).filter(({ header }) => header.instance === instance);
    expectComplete(own);
    expect(own.flatMap(({ labels }) => labels).some(({ spanId }) => spanId !== "")).toBe(true);
  }
});
