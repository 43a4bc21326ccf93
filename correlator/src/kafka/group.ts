import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type KafkaMessage,
  type PartitionAssigner,
} from "kafkajs";
import type { Logger } from "pino";
import type { Health } from "../health.ts";
import type { SourceRecord } from "../source/source.ts";
import { type ConsumerPort, KafkaFeed } from "./kafka-feed.ts";
import { topicId } from "./topic-id.ts";
import { consumed, ensureTopics } from "./topics.ts";

export const consumerGroup = "hotspan-correlator";
const component = "kafka";

export interface ConsumeOptions {
  readonly kafka: Kafka;
  readonly log: Logger;
  readonly health: Health;
  readonly signal: AbortSignal;
  readonly lingerMs: number;
  /** Delivers a feed until its signal aborts. */
  readonly deliver: (feed: KafkaFeed, signal: AbortSignal) => Promise<void>;
}

interface Assigned {
  readonly feed: KafkaFeed;
  readonly stop: AbortController;
}

/** Consumes as a member of the group until the signal aborts, beginning again after whatever ends a consumer. */
export async function consume(options: ConsumeOptions, feeds: Map<string, KafkaFeed>): Promise<void> {
  const { health, log, signal } = options;
  for (let failures = 0; !signal.aborted; failures++) {
    health.bad(component, "no partitions are assigned yet");
    const began = performance.now();
    try {
      await consumeOnce(options, feeds);
    } catch (error) {
      // It worked for a while: this is another outage.
      if (performance.now() - began > 30_000) failures = 0;
      health.bad(component, error instanceof Error ? error.message : String(error));
      // Once per outage.
      if (failures === 0) log.warn({ err: error }, "Kafka failed; trying again");
      else log.debug({ err: error }, "Kafka still fails");
    }
    await sleep(Math.min(5000, 200 * 2 ** failures), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}

async function consumeOnce(options: ConsumeOptions, feeds: Map<string, KafkaFeed>): Promise<void> {
  const { kafka, health, log, signal } = options;
  const admin = kafka.admin();
  let cluster: Parameters<PartitionAssigner>[0]["cluster"] | undefined;
  const assigner: PartitionAssigner = (config) => {
    cluster = config.cluster;
    const make = kafkajs.PartitionAssigners.roundRobin;
    return make(config);
  };
  const consumer = kafka.consumer({
    groupId: consumerGroup,
    partitionAssigners: [assigner],
    // The lowest brokers allow: partitions of a killed member stand still that long. Taken over from one that is only
    // slow, they do no harm.
    sessionTimeout: 6000,
    heartbeatInterval: 1000,
    // The broker lingers for us: it answers when there is a megabyte, or after this long.
    minBytes: 1 << 20,
    maxWaitTimeInMs: options.lingerMs,
    maxBytesPerPartition: 2 << 20,
    maxBytes: 8 << 20,
    allowAutoTopicCreation: false,
    readUncommitted: false,
  });
  const assigned = new Map<string, Assigned>();
  const running = new Set<Promise<void>>();
  const release = (key: string): void => {
    assigned.get(key)?.stop.abort();
    assigned.get(key)?.feed.close();
    assigned.delete(key);
    feeds.delete(key);
  };
  try {
    await admin.connect();
    await ensureTopics(admin);
    const { clusterId } = await admin.describeCluster();
    await consumer.connect();
    await consumer.subscribe({ topics: Object.keys(consumed), fromBeginning: true });
    const ended = Promise.withResolvers<void>();
    // Awaited at the end only; it may be rejected before.
    ended.promise.catch(() => undefined);
    const idOf = async (topic: string): Promise<string> =>
      (cluster === undefined ? undefined : await topicId(cluster, topic)) ?? topic;
    const ids = new Map<string, string>();
    const port = consumerPort(admin, consumer, {
      restart: (reason) => ended.reject(new Error(reason)),
      topicId: idOf,
    });

    const assign = (memberAssignment: Readonly<Record<string, number[]>>): void => {
      const wanted = new Set<string>();
      for (const [topic, partitions] of Object.entries(memberAssignment)) {
        const kind = consumed[topic];
        if (kind === undefined) continue;
        for (const partition of partitions) {
          const key = `${topic}/${partition}`;
          wanted.add(key);
          if (assigned.has(key)) continue;
          const source = {
            cluster: clusterId,
            group: consumerGroup,
            topicId: ids.get(topic) ?? topic,
            partition,
          };
          const feed = new KafkaFeed(topic, kind, source, port);
          const stop = new AbortController();
          assigned.set(key, { feed, stop });
          feeds.set(key, feed);
          const work = options.deliver(feed, AbortSignal.any([stop.signal, signal]));
          running.add(work);
          void work.finally(() => running.delete(work));
        }
      }
      for (const key of assigned.keys()) if (!wanted.has(key)) release(key);
      log.info({ partitions: wanted.size }, "Kafka partitions are assigned");
      health.good(component);
    };

    consumer.on(consumer.events.REBALANCING, () => {
      health.bad(component, "the group is rebalancing");
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assign(payload.memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      health.bad(component, payload.error.message);
      // With `restart` it begins again by itself.
      if (!payload.restart) ended.reject(payload.error);
    });
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    for (const topic of Object.keys(consumed)) {
      const id = await idOf(topic);
      if (id === topic) log.warn({ topic }, "this Kafka has no topic ids: never recreate the topic");
      ids.set(topic, id);
    }
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 24,
      eachBatch: (payload) => push(payload, assigned),
    });
    await ended.promise;
  } finally {
    for (const key of assigned.keys()) release(key);
    await Promise.allSettled(running);
    await Promise.allSettled([consumer.disconnect(), admin.disconnect()]);
  }
}

/** Hands a batch to its feed and waits there, with heartbeats, until it is taken: that bounds what is held. */
async function push(payload: EachBatchPayload, assigned: ReadonlyMap<string, Assigned>): Promise<void> {
  const { batch } = payload;
  const feed = assigned.get(`${batch.topic}/${batch.partition}`)?.feed;
  if (feed === undefined || batch.messages.length === 0) return;
  let done = false;
  const taken = feed
    .offer({
      // Not in kafkajs's types; set in its constructor.
      from: BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset),
      records: batch.messages.map(toRecord),
      highWatermark: BigInt(batch.highWatermark),
    })
    .then(() => {
      done = true;
    });
  while (!done) {
    const waiting = new AbortController();
    await Promise.race([taken, sleep(1000, undefined, { signal: waiting.signal }).catch(() => undefined)]);
    waiting.abort();
    if (!payload.isRunning() || payload.isStale()) return;
    await payload.heartbeat();
  }
  payload.resolveOffset(batch.lastOffset());
}

function toRecord(message: KafkaMessage): SourceRecord {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) headers[name.toLowerCase()] = one.toString();
  }
  return {
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    headers,
    value: message.value ?? Buffer.alloc(0),
    key: message.key ?? undefined,
  };
}

function consumerPort(
  admin: Admin,
  consumer: Consumer,
  more: Pick<ConsumerPort, "restart" | "topicId">,
): ConsumerPort {
  const lowestOffset = async (topic: string, partition: number): Promise<bigint> => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return BigInt(offsets.find((o) => o.partition === partition)?.low ?? 0);
  };
  return {
    ...more,
    lowestOffset,
    async startOffset(topic, partition) {
      const [offsets] = await admin.fetchOffsets({ groupId: consumerGroup, topics: [topic] });
      const committed = offsets?.partitions.find((o) => o.partition === partition);
      // A commit may arrive after its topic was deleted and made again.
      const stale = committed?.metadata ? committed.metadata !== (await more.topicId(topic)) : false;
      const offset = BigInt(committed?.offset ?? -1);
      return offset >= 0n && !stale ? offset : lowestOffset(topic, partition);
    },
    seek(topic, partition, offset) {
      consumer.seek({ topic, partition, offset: offset.toString() });
    },
    async commit({ topic, partition, topicId: metadata }, next) {
      await consumer.commitOffsets([{ topic, partition, offset: next.toString(), metadata }]);
    },
  };
}
