import kafkajs, {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type KafkaMessage,
  type PartitionAssigner,
} from "kafkajs";
import type { RawHeader, SourceRecord } from "../../source/source.ts";
import { type GroupOptions, heartbeatMs, rebalanceMs, type TopicPartition } from "../driver.ts";
import type { ConsumerPort } from "../kafka-feed.ts";
import { refused } from "./codecs.ts";
import { commits } from "./commits.ts";
import { topicId } from "./topic-id.ts";

/** `KafkaDriver.join`. */
export async function join(kafka: Kafka, options: GroupOptions): Promise<void> {
  const { group, topics, signal } = options;
  const admin = kafka.admin();
  let cluster: Parameters<PartitionAssigner>[0]["cluster"] | undefined;
  const assigner: PartitionAssigner = (config) => {
    cluster = config.cluster;
    const make = kafkajs.PartitionAssigners.roundRobin;
    return make(config);
  };
  const consumer = kafka.consumer({
    groupId: group,
    partitionAssigners: [assigner],
    sessionTimeout: options.sessionMs,
    heartbeatInterval: heartbeatMs(options.sessionMs),
    rebalanceTimeout: rebalanceMs(options.sessionMs),
    // The broker lingers for us: it answers when there is a megabyte, or after this long.
    minBytes: 1 << 20,
    maxWaitTimeInMs: options.lingerMs,
    maxBytesPerPartition: 2 << 20,
    maxBytes: 8 << 20,
    allowAutoTopicCreation: false,
    readUncommitted: false,
  });
  try {
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    const ended = Promise.withResolvers<void>();
    // Awaited at the end only; it may be rejected before.
    ended.promise.catch(() => undefined);
    const idOf = async (topic: string): Promise<string> =>
      (cluster === undefined ? undefined : await topicId(cluster, topic)) ?? topic;
    const ids = new Map<string, string>();
    const port = consumerPort(admin, consumer, group, {
      clusterId,
      assignedId: (topic) => ids.get(topic) ?? topic,
      restart: (reason) => ended.reject(new Error(reason)),
      topicId: idOf,
    });
    consumer.on(consumer.events.REBALANCING, () => options.troubled("the group is rebalancing"));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      const mine: TopicPartition[] = [];
      for (const [topic, partitions] of Object.entries(memberAssignment))
        for (const partition of partitions) mine.push({ topic, partition });
      options.assigned(mine, port);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      options.troubled(payload.error.message);
      // With `restart` it begins again by itself.
      if (!payload.restart) ended.reject(payload.error);
    });
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    for (const topic of topics) ids.set(topic, await idOf(topic));
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 24,
      eachBatch: (payload) => Promise.resolve(push(payload, options)),
    });
    await ended.promise;
  } finally {
    await options.leaving();
    await Promise.allSettled([consumer.disconnect(), admin.disconnect()]);
  }
}

/**
 * Offers a batch and pauses its partition until it is taken: that bounds what is held. Not by waiting here, for kafkajs
 * fetches nothing else from the broker while one of its batches is worked on.
 */
function push(payload: EachBatchPayload, { offer }: GroupOptions): void {
  const { batch } = payload;
  if (batch.messages.length === 0) return;
  payload.resolveOffset(batch.lastOffset());
  const resume = payload.pause();
  void offer(batch, {
    // Not in kafkajs's types; set in its constructor.
    from: BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset),
    records: batch.messages.map(toRecord),
    highWatermark: BigInt(batch.highWatermark),
  }).then(resume);
}

function toRecord(message: KafkaMessage): SourceRecord {
  const headers: Record<string, string> = {};
  const rawHeaders: RawHeader[] = [];
  for (const [name, given] of Object.entries(message.headers ?? {}))
    for (const value of [given].flat()) {
      if (value !== null && value !== undefined) headers[name.toLowerCase()] ??= value.toString();
      rawHeaders.push([name, value === null || value === undefined ? null : Buffer.from(value)]);
    }
  const { [refused]: refusal } = message as { [refused]?: SourceRecord["refused"] };
  return {
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    headers,
    value: message.value ?? Buffer.alloc(0),
    key: message.key ?? undefined,
    rawHeaders,
    ...(refusal === undefined ? {} : { refused: refusal }),
  };
}

function consumerPort(
  admin: Admin,
  consumer: Consumer,
  groupId: string,
  more: Pick<ConsumerPort, "clusterId" | "assignedId" | "restart" | "topicId">,
): ConsumerPort {
  const lowestOffset = async (topic: string, partition: number): Promise<bigint> => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return BigInt(offsets.find((o) => o.partition === partition)?.low ?? 0);
  };
  return {
    ...more,
    lowestOffset,
    async startOffset(topic, partition) {
      const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const committed = offsets?.partitions.find((o) => o.partition === partition);
      // A commit may arrive after its topic was deleted and made again.
      const stale = committed?.metadata ? committed.metadata !== (await more.topicId(topic)) : false;
      const offset = BigInt(committed?.offset ?? -1);
      return offset >= 0n && !stale ? offset : lowestOffset(topic, partition);
    },
    async endOffsets(topic, partitions) {
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(
        offsets.filter((o) => partitions.includes(o.partition)).map((o) => [o.partition, BigInt(o.high)]),
      );
    },
    seek(topic, partition, offset) {
      consumer.seek({ topic, partition, offset: offset.toString() });
    },
    commit: commits(consumer),
  };
}
