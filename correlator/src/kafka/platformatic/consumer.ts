import { Admin, Consumer, offsetCommitV8 } from "@platformatic/kafka";
import { type GroupOptions, heartbeatMs, type KafkaAddress, rebalanceMs } from "../driver.ts";
import type { ConsumerPort } from "../kafka-feed.ts";
import { fetchAll } from "./fetch.ts";
import { shortId } from "./ids.ts";
import { clientOptions } from "./options.ts";
import { Positions } from "./positions.ts";

/**
 * `KafkaDriver.join`. Not over the library's message stream, which can neither seek nor pause one partition: the group,
 * fetches and commits are its own, what to fetch next is ours.
 */
export async function join(address: KafkaAddress, options: GroupOptions): Promise<void> {
  const { group, topics, signal } = options;
  const client = clientOptions(address);
  const admin = new Admin(client);
  const consumer = new Consumer({
    ...client,
    groupId: group,
    // kafkajs's name and version of it, so that a group may change clients one member at a time.
    protocols: [{ name: "RoundRobinAssigner", version: 0 }],
    sessionTimeout: options.sessionMs,
    heartbeatInterval: heartbeatMs(options.sessionMs),
    rebalanceTimeout: rebalanceMs(options.sessionMs),
    autocommit: false,
  });
  // A connection of its own, so that a fetch that waits for records holds up no heartbeat.
  const fetcher = new Consumer({ ...client, groupId: group });
  const positions = new Positions();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined);
  const over = new AbortController();
  const fail = (error: unknown): void => ended.reject(error);
  let fetching: Promise<void> = Promise.resolve();
  try {
    consumer.topics.trackAll(...topics);
    fetcher.topics.trackAll(...topics);
    const metadata = await consumer.metadata({ topics: [...topics], forceUpdate: true });
    const ids = new Map(Array.from(metadata.topics, ([name, { id }]) => [name, shortId(id) ?? name]));
    const port = consumerPort(admin, consumer, group, positions, {
      clusterId: metadata.id,
      assignedId: (topic) => ids.get(topic) ?? topic,
      restart: (reason) => fail(new Error(reason)),
    });
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    // What ends a membership for good: a rejoin that failed, heartbeats that stay away.
    consumer.on("error", fail);
    fetcher.on("error", fail);
    consumer.on("consumer:heartbeat:stalled", () => fail(new Error("no heartbeat reaches Kafka")));
    const troubles = new Map<"fetch" | "group", string>();
    const trouble = (part: "fetch" | "group", reason: string | undefined): void => {
      if (reason !== undefined) {
        troubles.set(part, reason);
        options.troubled(reason);
      } else if (troubles.delete(part) && troubles.size === 0) options.recovered();
    };
    consumer.on("consumer:heartbeat:error", ({ error }) => trouble("group", error.message));
    consumer.on("consumer:heartbeat:end", () => trouble("group", undefined));
    consumer.on("consumer:group:rebalance", () => options.troubled("the group is rebalancing"));
    consumer.on("consumer:group:join", ({ assignments = [] }) => {
      const mine = assignments.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      options.assigned(mine, port);
      positions.assign(mine, (topic, partition) => port.startOffset(topic, partition)).catch(fail);
    });
    await consumer.joinGroup({});
    fetching = fetchAll({
      consumer: fetcher,
      positions,
      port,
      options,
      signal: over.signal,
      trouble: (reason) => trouble("fetch", reason),
    });
    fetching.catch(fail);
    await ended.promise;
  } finally {
    await options.leaving();
    over.abort();
    await Promise.allSettled([fetching]);
    await Promise.allSettled([consumer.close(true), fetcher.close(true), admin.close()]);
  }
}

function consumerPort(
  admin: Admin,
  consumer: Consumer,
  groupId: string,
  positions: Positions,
  more: Pick<ConsumerPort, "clusterId" | "assignedId" | "restart">,
): ConsumerPort {
  const topicId = async (topic: string): Promise<string> => {
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
    return shortId(topics.get(topic)?.id ?? "") ?? topic;
  };
  const offsetsAt = async (
    topic: string,
    partitions: readonly number[],
    timestamp: bigint,
  ): Promise<ReadonlyMap<number, bigint>> => {
    const [found] = await admin.listOffsets({
      topics: [
        { name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) },
      ],
    });
    return new Map(found?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset]));
  };
  const earliest = -2n;
  const latest = -1n;
  const lowestOffset = async (topic: string, partition: number): Promise<bigint> =>
    (await offsetsAt(topic, [partition], earliest)).get(partition) ?? 0n;
  return {
    ...more,
    topicId,
    lowestOffset,
    async startOffset(topic, partition) {
      const [found] = await admin.listConsumerGroupOffsets({
        groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [partition] }] }],
      });
      const committed = found?.topics[0]?.partitions[0];
      // A commit may arrive after its topic was deleted and made again.
      const stale = committed?.metadata ? committed.metadata !== (await topicId(topic)) : false;
      const offset = committed?.committedOffset ?? -1n;
      return offset >= 0n && !stale ? offset : lowestOffset(topic, partition);
    },
    endOffsets: (topic, partitions) => offsetsAt(topic, partitions, latest),
    seek: (topic, partition, offset) => positions.seek(topic, partition, offset),
    async commit({ topic, partition, topicId: id }, next) {
      const { memberId, generationId } = consumer;
      if (memberId === null) throw new Error("not a member of the group at the moment");
      const node = await consumer.findGroupCoordinator();
      const connection = (await consumer.connectToBrokers([node])).get(node);
      if (connection === undefined) throw new Error("the group's coordinator cannot be reached");
      // `Consumer.commit` sends no metadata, and joins again by itself with partitions that may not be ours any more.
      await offsetCommitV8.api.async(connection, groupId, generationId, memberId, null, [
        {
          name: topic,
          partitions: [
            {
              partitionIndex: partition,
              committedOffset: next,
              committedLeaderEpoch: -1,
              committedMetadata: id,
            },
          ],
        },
      ]);
    },
  };
}
