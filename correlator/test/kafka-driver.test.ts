import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { testBroker, type TestBroker } from "@hotspan/broker";
import { Admin } from "@platformatic/kafka";
import kafkajs, { type Admin as KafkajsAdmin, type Producer } from "kafkajs";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KAFKA_CLIENTS, type KafkaClient, type TopicPartition } from "../src/kafka/driver.ts";
import type { ConsumerPort, FetchedBatch } from "../src/kafka/kafka-feed.ts";
import { registerCodecs } from "../src/kafka/kafkajs/codecs.ts";
import { openDriver } from "../src/kafka/open-driver.ts";
import { kafkaClient } from "./support/kafka.ts";
import { eventually } from "./support/world.ts";

const { CompressionTypes } = kafkajs;
// For the producer of this test.
registerCodecs();
/** As small as anything once it is compressed. */
const zeros = Buffer.alloc(65 << 20);

let kafka: TestBroker | undefined;
let admin: KafkajsAdmin;
let producer: Producer;
beforeAll(async () => {
  kafka = await testBroker();
  if (kafka === undefined) return;
  const client = kafkaClient(kafka.brokers);
  admin = client.admin();
  producer = client.producer();
  await Promise.all([admin.connect(), producer.connect()]);
});
afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect()]);
  await kafka?.close();
});

interface Member {
  readonly port: () => ConsumerPort;
  readonly assigned: () => readonly TopicPartition[];
  /** `partition:offset` of every record that was offered, in order. */
  readonly seen: string[];
  readonly batches: FetchedBatch[];
  /** Batches of these partitions are not taken before this resolves. */
  readonly hold: Map<number, Promise<void>>;
  leave(): Promise<void>;
}

async function newTopic(partitions: number): Promise<string> {
  const topic = `t-${randomBytes(6).toString("hex")}`;
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  return topic;
}

async function send(topic: string, partition: number, ...values: string[]): Promise<void> {
  await producer.send({ topic, messages: values.map((value) => ({ partition, value })) });
}

async function join(
  library: KafkaClient,
  topic: string,
  group: string,
  whenAssigned: (consumer: ConsumerPort) => void = () => undefined,
): Promise<Member> {
  const driver = await openDriver(library, { brokers: [kafka?.brokers ?? ""] }, pino({ level: "silent" }));
  const stop = new AbortController();
  const member = {
    seen: [] as string[],
    batches: [] as FetchedBatch[],
    hold: new Map<number, Promise<void>>(),
  };
  let port: ConsumerPort | undefined;
  let assigned: readonly TopicPartition[] = [];
  const joined = driver.join({
    group,
    topics: [topic],
    lingerMs: 50,
    sessionMs: 6000,
    signal: stop.signal,
    assigned(partitions, consumer) {
      assigned = partitions;
      port = consumer;
      whenAssigned(consumer);
    },
    troubled: () => undefined,
    recovered: () => undefined,
    async offer({ partition }, batch) {
      member.batches.push(batch);
      for (const { offset } of batch.records) member.seen.push(`${partition}:${offset}`);
      await member.hold.get(partition);
    },
    leaving: () => Promise.resolve(),
  });
  await Promise.race([eventually("joined", () => Promise.resolve(port !== undefined)), joined]);
  return {
    ...member,
    port: () => port as ConsumerPort,
    assigned: () => assigned,
    async leave() {
      stop.abort();
      await joined;
    },
  };
}

const newGroup = (): string => `g-${randomBytes(6).toString("hex")}`;

describe.each(KAFKA_CLIENTS)("Over %s", (library) => {
  test("a partition whose batch is not taken is fetched no further, and the others are", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const topic = await newTopic(2);
    const member = await join(library, topic, newGroup());
    const taken = Promise.withResolvers<void>();
    member.hold.set(0, taken.promise);
    await send(topic, 0, "a");
    await eventually("the first", async () => member.seen.includes("0:0"));
    await send(topic, 0, "b");
    for (const [i, value] of ["x", "y", "z"].entries()) {
      await send(topic, 1, value);
      await eventually("the other partition", async () => member.seen.includes(`1:${i}`));
    }
    expect(member.seen).not.toContain("0:1");
    // Where it ends is known all the same.
    expect(await member.port().endOffsets(topic, [0, 1])).toEqual(
      new Map([
        [0, 2n],
        [1, 3n],
      ]),
    );
    taken.resolve();
    await eventually("the second", async () => member.seen.includes("0:1"));
    await member.leave();
  });

  test("a commit that resolves was made, also one in the moment of joining", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const topic = await newTopic(1);
    await send(topic, 0, "a", "b");
    let commit: Promise<bigint> | undefined;
    const member = await join(library, topic, newGroup(), (consumer) => {
      const place = { topic, topicId: consumer.assignedId(topic), partition: 0 };
      commit ??= consumer.commit(place, 1n).then(
        () => 1n,
        () => 0n,
      );
    });
    const committed = await commit;
    expect(await member.port().startOffset(topic, 0)).toBe(committed);
    await member.port().commit({ topic, topicId: member.port().assignedId(topic), partition: 0 }, 2n);
    expect(await member.port().startOffset(topic, 0)).toBe(2n);
    await member.leave();
  });

  test("a seek goes back, also while a batch is held", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const topic = await newTopic(1);
    await send(topic, 0, "a", "b", "c");
    const member = await join(library, topic, newGroup());
    const taken = Promise.withResolvers<void>();
    member.hold.set(0, taken.promise);
    await eventually("all three", async () => member.seen.includes("0:2"));
    member.port().seek(topic, 0, 1n);
    taken.resolve();
    await eventually("again", async () => member.seen.filter((one) => one === "0:2").length === 2);
    // A seek while nothing is held.
    member.port().seek(topic, 0, 2n);
    await eventually("once more", async () => member.seen.filter((one) => one === "0:2").length === 3);
    expect(member.batches.at(-1)?.from).toBe(2n);
    await member.leave();
  });

  test("what one library commits, the other begins at, and so does a member that joins later", async ({
    skip,
  }) => {
    if (kafka === undefined) return skip();
    const topic = await newTopic(1);
    const group = newGroup();
    await send(topic, 0, "a", "b", "c");
    const first = await join(library, topic, group);
    expect(await first.port().startOffset(topic, 0)).toBe(0n);
    const topicId = first.port().assignedId(topic);
    expect(topicId).toMatch(/^[0-9a-f]{32}$/);
    expect(await first.port().topicId(topic)).toBe(topicId);
    await first.port().commit({ topic, topicId, partition: 0 }, 2n);
    expect(await first.port().startOffset(topic, 0)).toBe(2n);
    await first.leave();
    for (const other of KAFKA_CLIENTS) {
      const next = await join(other, topic, group);
      expect(next.port().assignedId(topic)).toBe(topicId);
      expect(next.port().clusterId).toBe(first.port().clusterId);
      expect(await next.port().startOffset(topic, 0)).toBe(2n);
      await eventually("the rest", async () => next.seen.includes("0:2"));
      expect(next.seen).toEqual(["0:2"]);
      await next.leave();
    }
  });

  test.each([
    ["zstd", CompressionTypes.ZSTD],
    ["gzip", CompressionTypes.GZIP],
    ["lz4", CompressionTypes.LZ4],
  ] as const)(
    "a batch that inflates without bound is passed over and told of: %s",
    async (_, compression) => {
      if (kafka === undefined) return;
      const topic = await newTopic(2);
      await send(topic, 0, "a", "b");
      await producer.send({ topic, compression, messages: [{ partition: 0, value: zeros }] });
      await send(topic, 0, "c");
      await send(topic, 1, "x");
      const member = await join(library, topic, newGroup());
      await eventually("what follows", async () => member.seen.includes("0:3"), 120);
      expect(member.seen.filter((one) => one.startsWith("0:"))).toEqual(["0:0", "0:1", "0:2", "0:3"]);
      await eventually("the other partition", async () => member.seen.includes("1:0"));
      const told = member.batches
        .flatMap(({ records }) => records)
        .filter(({ refused }) => refused !== undefined);
      expect(told.map(({ offset, refused }) => [offset, refused?.code, refused?.detail])).toEqual([
        [2n, "HOTSPAN_KAFKA_BATCH_TOO_LARGE", expect.stringMatching(/^from offset 2 on: /)],
      ]);
      await member.leave();
    },
  );

  test("headers come as they were: any bytes, repeated names, in order of their names", async () => {
    if (kafka === undefined) return;
    const topic = await newTopic(1);
    const bytes = Buffer.from([0xff, 0, 0xc3, 0x28]);
    await producer.send({
      topic,
      messages: [{ value: "v", headers: { Odd: bytes, twice: [bytes, "text"], "content-encoding": "zstd" } }],
    });
    const member = await join(library, topic, newGroup());
    await eventually("it", async () => member.seen.length === 1);
    const [record] = member.batches.flatMap(({ records }) => records);
    expect(
      record?.rawHeaders?.map(([name, value]) => [name, value && Buffer.from(value).toString("hex")]),
    ).toEqual([
      ["Odd", bytes.toString("hex")],
      ["twice", bytes.toString("hex")],
      ["twice", Buffer.from("text").toString("hex")],
      ["content-encoding", Buffer.from("zstd").toString("hex")],
    ]);
    expect(record?.headers["content-encoding"]).toBe("zstd");
    // And are written so by the producer of the library.
    const driver = await openDriver(library, { brokers: [kafka.brokers] }, pino({ level: "silent" }));
    const copy = driver.producer();
    await copy.send(topic, { value: Buffer.from("copy"), headers: record?.rawHeaders ?? [] });
    await eventually("the copy", async () => member.seen.length === 2);
    expect(member.batches.flatMap(({ records }) => records)[1]?.rawHeaders).toEqual(record?.rawHeaders);
    await copy.close();
    await member.leave();
  });

  test("a commit of an earlier topic of that name counts for nothing", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const topic = await newTopic(1);
    await send(topic, 0, "a", "b");
    const member = await join(library, topic, newGroup());
    await member.port().commit({ topic, topicId: "0123456789abcdef0123456789abcdef", partition: 0 }, 2n);
    expect(await member.port().startOffset(topic, 0)).toBe(0n);
    await member.leave();
  });

  test("of transactions the committed records come, and no gap is taken for lost ones", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const topic = await newTopic(1);
    const transactional = kafkaClient(kafka.brokers).producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await transactional.connect();
    for (const [value, end] of [
      ["kept", "commit"],
      ["dropped", "abort"],
      ["kept", "commit"],
      ["dropped", "abort"],
    ] as const) {
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value }] });
      await transaction[end]();
    }
    await transactional.disconnect();
    const member = await join(library, topic, newGroup());
    // Records and markers: 0 kept, 1, 2 dropped, 3, 4 kept, 5, 6 dropped, 7.
    await eventually("both", async () => member.seen.includes("0:4"));
    await sleep(300);
    await send(topic, 0, "plain");
    await eventually("the last", async () => member.seen.includes("0:8"));
    expect(member.seen).toEqual(["0:0", "0:4", "0:8"]);
    await member.leave();
  });

  test("records that retention has removed are passed over", async ({ skip }) => {
    if (kafka === undefined) return skip();
    const topic = await newTopic(1);
    const group = newGroup();
    await send(topic, 0, "a", "b", "c", "d");
    const first = await join(library, topic, group);
    await first.port().commit({ topic, topicId: first.port().assignedId(topic), partition: 0 }, 1n);
    await first.leave();
    const remover = new Admin({ clientId: "remover", bootstrapBrokers: [kafka.brokers] });
    await remover.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] });
    await remover.close();
    const second = await join(library, topic, group);
    await eventually("what is left", async () => second.seen.includes("0:3"));
    expect(second.seen).toEqual(["0:3"]);
    expect(await second.port().lowestOffset(topic, 0)).toBe(3n);
    await second.leave();
  });
});

test("a group of both libraries shares the partitions, whoever leads it, and gives them on", async ({
  skip,
}) => {
  if (kafka === undefined) return skip();
  for (const order of [KAFKA_CLIENTS, KAFKA_CLIENTS.toReversed()]) {
    const topic = await newTopic(4);
    const group = newGroup();
    const [first, second] = order as readonly [KafkaClient, KafkaClient];
    const one = await join(first, topic, group);
    expect(one.assigned().length).toBe(4);
    const two = await join(second, topic, group);
    await eventually("shared", async () => one.assigned().length === 2 && two.assigned().length === 2);
    const all = [...one.assigned(), ...two.assigned()].map(({ partition }) => partition);
    expect(all.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    for (const partition of all) await send(topic, partition, "a");
    await eventually("all records", async () => new Set([...one.seen, ...two.seen]).size === 4);
    await one.leave();
    await eventually("given on", async () => two.assigned().length === 4);
    await two.leave();
  }
});
