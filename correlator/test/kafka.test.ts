import { testBroker, type TestBroker } from "@hotspan/broker";
import { TOPICS } from "@hotspan/wire";
import { randomBytes } from "node:crypto";
import kafkajs from "kafkajs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Letter, openDeadLetters } from "../src/dead-letters/index.ts";
import { KAFKA_CLIENTS } from "../src/kafka/driver.ts";
import { kafkaClient, produce, windowsOf } from "./support/kafka.ts";
import { freshJsonSpan, freshOtlpProfile } from "./support/otlp.ts";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

let world: World;
let kafka: TestBroker | undefined;
let children: Child[] = [];

beforeAll(async () => {
  kafka = await testBroker();
  if (kafka === undefined) return;
  world = await startWorld();
});
afterAll(async () => {
  await world?.close();
  await kafka?.close();
});

describe.each(KAFKA_CLIENTS)("Over %s", (library) => {
  beforeAll(async () => {
    if (kafka === undefined) return;
    const { brokers } = kafka;
    children = await Promise.all(
      ["one", "two"].map((name) =>
        startChild(world, {
          HOTSPAN_KAFKA_BROKERS: brokers,
          HOTSPAN_KAFKA_CLIENT: library,
          HOTSPAN_DATA: join(world.folder, name),
        }),
      ),
    );
    for (const child of children)
      await eventually("ready", async () => (await fetch(`${child.url}/readyz`)).status === 200);
  });
  afterAll(async () => {
    if (process.env["DEBUG"]) for (const child of children) console.log(child.log());
    await Promise.all(children.map((child) => child.kill("SIGTERM")));
  });

  test("windows sent through Kafka are stored once each, by whichever correlator owns the partition", async ({
    skip,
  }) => {
    if (kafka === undefined) return skip();
    const producer = kafkaClient(kafka.brokers).producer();
    await producer.connect();
    const threads = await Promise.all(Array.from({ length: 8 }, () => windowsOf(5)));
    for (const messages of threads) await produce(producer, messages);
    await producer.disconnect();
    const all = threads.flat();
    const where = `Instance IN (${threads.map(([m]) => `'${m?.instance}'`).join(", ")})`;
    await eventually(
      "all windows",
      async () =>
        (await world.count(`SELECT uniqExact(Instance, Seq) FROM profile_windows WHERE ${where}`)) ===
        all.length,
    );
    expect(await world.count(`SELECT count() FROM profile_windows WHERE ${where}`)).toBe(all.length);
    expect(await world.count(`SELECT count() FROM profile_samples WHERE ${where}`)).toBe(
      all.reduce((sum, { samples }) => sum + samples, 0),
    );
  });

  test("a corrupt message goes to the dead-letter topic and its neighbours are stored", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const client = kafkaClient(kafka.brokers);
    const producer = client.producer();
    await producer.connect();
    const [before, bad, after] = await windowsOf(3);
    if (before === undefined || bad === undefined || after === undefined)
      throw new Error("three were asked for");
    const corrupt = Buffer.from(bad.value);
    corrupt.fill(0xff, 20, 60);
    await produce(producer, [before, { ...bad, value: corrupt }, after]);
    await producer.disconnect();
    await eventually(
      "neighbours",
      async () =>
        (await world.count(`SELECT count() FROM profile_windows WHERE Instance = '${before.instance}'`)) ===
        2,
    );
    const consumer = client.consumer({ groupId: `reader-${Date.now()}` });
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPICS.deadLetters], fromBeginning: true });
    const letter = await new Promise<kafkajs.KafkaMessage>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          if (message.value?.equals(corrupt) === true) resolve(message);
        },
      });
    });
    await consumer.disconnect();
    expect(letter.headers?.["hotspan-error-code"]?.toString()).toBe("HOTSPAN_WIRE_BAD_COMPRESSION");
    expect(letter.headers?.["hotspan-source-topic"]?.toString()).toBe(TOPICS.profiles);
    expect(letter.headers?.["content-encoding"]?.toString()).toBe("zstd");
    expect(letter.key?.toString()).toMatch(/\/hotspan-correlator\/[0-9a-f]{32}\/\d+\/\d+$/);
  });

  test("a record that became a dead letter is replayed byte for byte, with headers that are no text", async ({
    skip,
  }) => {
    if (kafka === undefined) return skip();
    const client = kafkaClient(kafka.brokers);
    const producer = client.producer();
    await producer.connect();
    const bytes = Buffer.from([0xff, 0, 0xc3, 0x28]);
    const key = randomBytes(8);
    const value = randomBytes(40);
    const headers = { Odd: bytes, twice: [bytes, "text"], "hotspan-error-code": "of somebody else" };
    await producer.send({ topic: TOPICS.profiles, acks: -1, messages: [{ key, value, headers }] });
    await producer.disconnect();
    const topic = openDeadLetters({ brokers: [kafka.brokers] });
    let letter: Letter | undefined;
    await eventually("the letter", async () => {
      for await (const one of topic.letters()) if (one.value?.equals(value) === true) letter = one;
      return letter !== undefined;
    });
    const elsewhere = `replay-${randomBytes(4).toString("hex")}`;
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: elsewhere, numPartitions: 24 }], waitForLeaders: true });
    await admin.disconnect();
    await topic.replay(letter as Letter, elsewhere);
    await topic.close();
    const consumer = client.consumer({ groupId: elsewhere });
    await consumer.connect();
    await consumer.subscribe({ topics: [elsewhere], fromBeginning: true });
    const back = await new Promise<kafkajs.KafkaMessage>((resolve) => {
      void consumer.run({ eachMessage: ({ message }) => Promise.resolve(resolve(message)) });
    });
    await consumer.disconnect();
    expect([back.key, back.value]).toEqual([key, value]);
    const { "hotspan-replayed-from": replayed, ...rest } = back.headers ?? {};
    expect(replayed?.toString()).toMatch(/^0\/\d+$/);
    expect(rest).toEqual({
      Odd: bytes,
      twice: [bytes, Buffer.from("text")],
      "hotspan-error-code": Buffer.from("of somebody else"),
    });
  });

  test("a batch that inflates without bound becomes a dead letter, and its partition goes on", async ({
    skip,
  }) => {
    if (kafka === undefined) return skip();
    const { brokers } = kafka;
    const tooLarge = async (): Promise<Letter[]> => {
      const letters = openDeadLetters({ brokers: [brokers] });
      const found: Letter[] = [];
      for await (const letter of letters.letters())
        if (letter.code === "HOTSPAN_KAFKA_BATCH_TOO_LARGE") found.push(letter);
      await letters.close();
      return found;
    };
    const before = (await tooLarge()).length;
    const { Producer } = await import("@platformatic/kafka");
    const producer = new Producer({ clientId: "bombs", bootstrapBrokers: [kafka.brokers] });
    const [after] = await windowsOf(1);
    if (after === undefined) throw new Error("one was asked for");
    const key = Buffer.from(`${after.instance}/0`);
    const topic = TOPICS.profiles;
    await producer.send({
      compression: "zstd",
      messages: [{ topic, key, value: Buffer.alloc(65 << 20), headers: new Map() }],
    });
    const zstd = new Map([[Buffer.from("content-encoding"), Buffer.from("zstd")]]);
    await producer.send({ messages: [{ topic, key, value: Buffer.from(after.value), headers: zstd }] });
    await producer.close();
    await eventually(
      "what follows",
      async () =>
        (await world.count(`SELECT count() FROM profile_windows WHERE Instance = '${after.instance}'`)) === 1,
      120,
    );
    let found: Letter[] = [];
    await eventually("the letter", async () => {
      found = (await tooLarge()).slice(before);
      return found.length > 0;
    });
    expect(found).toMatchObject([
      {
        topic,
        value: undefined,
        detail: expect.stringMatching(/^from offset \d+ on: .* inflates beyond 67108864 bytes/),
      },
    ]);
  });

  test("records in every codec a producer may use are read", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const { Producer } = await import("@platformatic/kafka");
    const producer = new Producer({ clientId: "codecs", bootstrapBrokers: [kafka.brokers] });
    const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
    const messages = await windowsOf(codecs.length);
    for (const [i, compression] of codecs.entries()) {
      const message = messages[i];
      if (message === undefined) continue;
      const headers = new Map([[Buffer.from("content-encoding"), Buffer.from("zstd")]]);
      await producer.send({
        compression,
        messages: [
          {
            topic: TOPICS.profiles,
            key: Buffer.from(message.instance),
            value: Buffer.from(message.value),
            headers,
          },
        ],
      });
    }
    await producer.close();
    await eventually(
      "one window per codec",
      async () =>
        (await world.count(
          `SELECT count() FROM profile_windows WHERE Instance = '${messages[0]?.instance ?? ""}'`,
        )) === codecs.length,
    );
  });

  test("OTLP as a Collector sends it without headers is read: profiles, and spans in JSON and protobuf", async ({
    skip,
  }) => {
    if (kafka === undefined) return skip();
    const producer = kafkaClient(kafka.brokers).producer();
    await producer.connect();
    const profile = freshOtlpProfile();
    const json = freshJsonSpan();
    // The second is the same profile again.
    for (const value of [profile.value, profile.value, Buffer.from("no profile")])
      await producer.send({ topic: TOPICS.otlpProfiles, messages: [{ key: "k", value }] });
    await producer.send({ topic: TOPICS.spans, messages: [{ value: json.value }] });
    await producer.disconnect();
    await eventually(
      "the span",
      async () =>
        (await world.count(`SELECT count() FROM otel_traces WHERE TraceId = '${json.traceId}'`)) === 1,
    );
    await eventually("the samples", async () => {
      const samples = await world.count(
        `SELECT count() FROM profile_samples WHERE TraceId = '${profile.traceId}'`,
      );
      return samples === 3;
    });
    await eventually("the letter", async () => {
      const texts = await Promise.all(
        children.map(({ url }) => fetch(`${url}/metrics`).then((response) => response.text())),
      );
      return texts.some((text) =>
        /dead_letters_total\{kind="otlpProfiles",code="HOTSPAN_\w+"\} 1/.test(text),
      );
    });
    await eventually(
      "the letter in ClickHouse",
      async () => (await world.count("SELECT sum(DeadLetters) FROM ingest_status")) >= 1,
    );
    // Once, though it came twice.
    expect(
      await world.count(`SELECT count() FROM profile_samples WHERE TraceId = '${profile.traceId}'`),
    ).toBe(3);
    expect(
      await world.count(`SELECT uniqExact(Thread) FROM profile_traces WHERE TraceId = '${profile.traceId}'`),
    ).toBe(2);
  });

  test("a topic that is deleted and made again starts anew: its offsets were seen, its records were not", async ({
    skip,
  }) => {
    if (kafka === undefined) return skip();
    const client = kafkaClient(kafka.brokers);
    const admin = client.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [TOPICS.profiles] });
    await eventually("deleted", async () => !(await admin.listTopics()).includes(TOPICS.profiles));
    const made = (): Promise<boolean> =>
      admin
        .createTopics({ topics: [{ topic: TOPICS.profiles, numPartitions: 24 }], waitForLeaders: true })
        .then(
          () => true,
          async () => (await admin.listTopics()).includes(TOPICS.profiles),
        );
    await eventually("made again", made);
    await admin.disconnect();
    const producer = client.producer();
    await producer.connect();
    // Threads enough that they hit partitions whose first offsets were taken before.
    const threads = await Promise.all(Array.from({ length: 24 }, () => windowsOf(30)));
    for (const messages of threads) await produce(producer, messages);
    await producer.disconnect();
    const where = `Instance IN (${threads.map(([m]) => `'${m?.instance}'`).join(", ")})`;
    await eventually(
      "all windows",
      async () => (await world.count(`SELECT count() FROM profile_windows WHERE ${where}`)) === 720,
      60,
    );
  });

  test("SIGTERM ends a member of the group with exit code 0", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const [one] = children.splice(0, 1);
    expect(await one?.kill("SIGTERM")).toBe(0);
  });
});
