import { testBroker, type TestBroker } from "@hotspan/broker";
import { recordKey, TOPICS } from "@hotspan/wire";
import kafkajs, { type Consumer, type KafkaMessage } from "kafkajs";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan, until } from "./support/hotspan.ts";

const folder = mkdtempSync(join(tmpdir(), "hotspan-dlq-"));
const key = Buffer.from(recordKey("0123456789abcdef0123456789abcdef", 0));
const value = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 27]);
let kafka: TestBroker | undefined;
let consumer: Consumer | undefined;
/** Of the profile topic, as they arrive. */
const arrived: { readonly partition: number; readonly message: KafkaMessage }[] = [];

const letter = (offset: number, code: string, more: Record<string, string | Buffer> = {}): object => ({
  key: `c/hotspan-correlator/0f/2/${offset}`,
  value,
  headers: {
    "content-encoding": "zstd",
    "hotspan-error-code": code,
    "hotspan-error-detail": `cannot read ${offset}`,
    "hotspan-source": "c/hotspan-correlator/0f/2",
    "hotspan-source-topic": TOPICS.profiles,
    "hotspan-source-offset": String(offset),
    "hotspan-source-timestamp-ms": "1795000000000",
    "hotspan-source-key": key,
    ...more,
  },
});

const dlq = (...args: string[]): ReturnType<typeof hotspan> =>
  hotspan(["dlq", ...args, "--brokers", kafka?.brokers ?? ""]);

beforeAll(async () => {
  kafka = await testBroker();
  if (kafka === undefined) return;
  expect((await dlq("list")).stdout).toBe("No dead letters in hotspan.dlq.\n");
  const client = new kafkajs.Kafka({ brokers: [kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [
      { topic: TOPICS.profiles, numPartitions: 4 },
      { topic: TOPICS.deadLetters, numPartitions: 1 },
    ],
    waitForLeaders: true,
  });
  await admin.disconnect();
  consumer = client.consumer({ groupId: "reader" });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPICS.profiles], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ partition, message }) => {
      arrived.push({ partition, message });
      return Promise.resolve();
    },
  });
  const producer = client.producer();
  await producer.connect();
  const messages = [
    letter(5, "HOTSPAN_WIRE_VERSION_UNSUPPORTED"),
    letter(6, "HOTSPAN_WIRE_MALFORMED"),
    // A correlator was killed between the letter and its commit.
    letter(6, "HOTSPAN_WIRE_MALFORMED"),
    { ...letter(7, "HOTSPAN_WIRE_MESSAGE_TOO_LARGE"), value: null },
    // Somebody else's.
    { key: "k", value: "v" },
    letter(8, "HOTSPAN_WIRE_VERSION_UNSUPPORTED", { odd: "a\u001b[2Jb" }),
  ];
  await producer.send({ topic: TOPICS.deadLetters, messages: messages as kafkajs.Message[] });
  await producer.disconnect();
});
afterAll(async () => {
  await consumer?.disconnect();
  await kafka?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("list names code, source and reason, filters, and says when there are more", async ({ skip }) => {
  if (kafka === undefined) return skip();
  const { stdout } = await dlq("list");
  expect(stdout).toMatch(
    /0 .* HOTSPAN_WIRE_VERSION_UNSUPPORTED +hotspan\.profiles\.v1\/2\/5 +8 +cannot read 5/,
  );
  expect(stdout).toMatch(/3 .* HOTSPAN_WIRE_MESSAGE_TOO_LARGE +hotspan\.profiles\.v1\/2\/7 +not kept/);
  expect(stdout.trim().split("\n").length).toBe(2 + 5);
  const filtered = await dlq("list", "--code", "HOTSPAN_WIRE_MALFORMED", "--offset", "2-9", "--json");
  expect(JSON.parse(filtered.stdout)).toMatchObject({
    offset: "2",
    topic: TOPICS.profiles,
    sourceOffset: "6",
    bytes: 8,
    headers: { "content-encoding": "zstd" },
  });
  expect((await dlq("list", "--from", "otlp_spans")).stdout).toContain("No dead letters");
  expect((await dlq("list", "--limit", "2")).stderr).toContain("Only the first 2 are listed");
});

test("show gives everything of one letter, and nothing a terminal would obey; --value gives the bytes", async ({
  skip,
}) => {
  if (kafka === undefined) return skip();
  const { stdout } = await dlq("show", "5");
  expect(stdout).toContain("00000000  28 b5 2f fd 01 02 03 1b");
  expect(stdout).toMatch(/received +2026-11-18T/);
  expect(stdout).toContain(key.toString());
  expect(stdout).toMatch(/header odd +0x611b5b324a62/);
  expect(stdout).not.toContain("\u001b");
  const file = join(folder, "value");
  await dlq("show", "0", "--value", file);
  expect(readFileSync(file)).toEqual(value);
  const absent = await dlq("show", "99");
  expect(absent.code).toBe(1);
  expect(absent.stderr).toContain("there is no letter 99");
});

test("replay writes the record as it was to its partition, once; a dry run writes nothing", async ({
  skip,
}) => {
  if (kafka === undefined) return skip();
  expect((await dlq("replay")).code).toBe(2);
  const dry = await dlq("replay", "--all", "--dry-run");
  expect(dry.stdout).toContain("3 letters to replay, 1 not.");
  const { stdout, stderr, code } = await dlq("replay", "--all");
  expect(stdout).toContain("3 letters replayed, 1 not.");
  expect(stderr).toMatch(/cannot replay 3 .*too large to be kept/);
  expect(code).toBe(1);
  await until("all three arrive", () => arrived.length >= 3);
  expect(arrived.map(({ message }) => message.headers?.["hotspan-replayed-from"]?.toString())).toEqual([
    "0/0",
    "0/1",
    "0/5",
  ]);
  for (const { partition, message } of arrived) {
    expect(partition).toBe(2);
    expect(message.key).toEqual(key);
    expect(message.value).toEqual(value);
    expect(message.headers?.["content-encoding"]?.toString()).toBe("zstd");
    expect(Object.keys(message.headers ?? {}).filter((name) => name.startsWith("hotspan-error"))).toEqual([]);
  }
});

test("a broker that is not there, a topic that is not there: one line says so", async ({ skip }) => {
  if (kafka === undefined) return skip();
  const absent = await hotspan(["dlq", "list", "--brokers", "127.0.0.1:1"]);
  expect(absent.code).toBe(1);
  expect(absent.stderr).toMatch(/Kafka at 127\.0\.0\.1:1/);
  const topic = await dlq("replay", "--offset", "0", "--to", "nowhere");
  expect(topic.code).toBe(1);
  expect(topic.stderr).toMatch(/cannot replay 0 .*nowhere/s);
});
