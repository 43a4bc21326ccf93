import { Admin, Consumer } from "@platformatic/kafka";
import { TOPICS } from "@hotspan/wire";
import { consumerGroup } from "../../src/kafka/group.ts";
import { readTopic } from "../../src/kafka/platformatic/read-topic.ts";
import { toSourceRecord } from "../../src/kafka/platformatic/records.ts";
import type { SourceRecord } from "../../src/source/source.ts";
import { kafkaClient } from "./kafka.ts";
import { eventually } from "./world.ts";

/** What the broker holds, whoever sent it and however often: what went in. */
export interface TopicReader {
  /** The records behind those of the call before. */
  read(topic: string): Promise<readonly SourceRecord[]>;
  /** Resolves when the group has committed everything there is. */
  allCommitted(): Promise<void>;
  close(): Promise<void>;
}

export async function openTopics(brokers: string): Promise<TopicReader> {
  const options = { clientId: "reader", bootstrapBrokers: [brokers], retries: 20, retryDelay: 200 };
  const admin = new Admin(options);
  const consumer = new Consumer({ ...options, groupId: "nobody" });
  const kafkajs = kafkaClient(brokers).admin();
  await kafkajs.connect();
  const next = new Map<string, Map<number, bigint>>();
  const ends = async (topic: string): Promise<ReadonlyMap<number, string>> =>
    new Map((await kafkajs.fetchTopicOffsets(topic)).map((o) => [o.partition, o.high]));
  /** `topic/partition: committed of end`, of every partition that is behind. */
  const behind = async (topic: string): Promise<readonly string[]> => {
    const end = await ends(topic);
    const [committed] = await kafkajs.fetchOffsets({ groupId: consumerGroup, topics: [topic] });
    const reached = new Map(committed?.partitions.map((o) => [o.partition, o.offset]));
    return [...end]
      .filter(([partition, offset]) => offset !== "0" && reached.get(partition) !== offset)
      .map(([partition, offset]) => `${topic}/${partition}: ${reached.get(partition)} of ${offset}`);
  };
  return {
    async read(topic) {
      const from = next.get(topic) ?? new Map<number, bigint>();
      next.set(topic, from);
      const records: SourceRecord[] = [];
      for await (const { partition, record } of readTopic(admin, consumer, topic, from)) {
        from.set(partition, record.offset + 1n);
        records.push(toSourceRecord(record));
      }
      return records;
    },
    async allCommitted() {
      let left: readonly string[] = [];
      await eventually(
        "everything is committed",
        async () => {
          // The broker may have come back just now, and still be loading the group.
          left = await Promise.all([TOPICS.profiles, TOPICS.spans].map(behind)).then(
            (found) => found.flat(),
            (error: unknown) => [String(error)],
          );
          return left.length === 0;
        },
        600,
      ).catch(async (cause: unknown) => {
        const { groups } = await kafkajs.describeGroups([consumerGroup]);
        const members = groups.map(({ state, members: all }) => `${state}, ${all.length} members`).join();
        throw new Error(`not committed: ${left.join("; ")} (${members})`, { cause });
      });
    },
    async close() {
      await Promise.allSettled([admin.close(), consumer.close(true), kafkajs.disconnect()]);
    },
  };
}
