import { type Admin, type Consumer, FetchIsolationLevels } from "@platformatic/kafka";
import { type RawRecord, readFetched } from "./records.ts";

export interface PlacedRecord {
  readonly partition: number;
  readonly record: RawRecord;
}

/**
 * Every record that a topic has now, partition by partition, oldest first; none where there is no such topic. Read by offset and
 * as no group's member: looking changes nothing.
 *
 * @param from where to begin, by partition; where it says nothing, at the oldest
 */
export async function* readTopic(
  admin: Admin,
  consumer: Consumer,
  topic: string,
  from: ReadonlyMap<number, bigint> = new Map(),
): AsyncGenerator<PlacedRecord> {
  if (!(await admin.listTopics()).includes(topic)) return;
  const info = (await consumer.metadata({ topics: [topic] })).topics.get(topic);
  if (info === undefined) return;
  const [earliest, latest] = await Promise.all([
    consumer.listOffsets({ topics: [topic], timestamp: -2n }),
    consumer.listOffsets({ topics: [topic], timestamp: -1n }),
  ]);
  for (const [partition, { leader }] of info.partitions.entries()) {
    const end = latest.get(topic)?.[partition] ?? 0n;
    let at = from.get(partition) ?? earliest.get(topic)?.[partition] ?? 0n;
    while (at < end) {
      const response = await consumer.fetch({
        node: leader,
        minBytes: 1,
        maxWaitTime: 1000,
        maxBytes: 16 << 20,
        isolationLevel: FetchIsolationLevels.READ_COMMITTED,
        topics: [
          {
            topicId: info.id,
            partitions: [
              {
                partition,
                fetchOffset: at,
                partitionMaxBytes: 16 << 20,
                currentLeaderEpoch: -1,
                lastFetchedEpoch: -1,
              },
            ],
          },
        ],
      });
      const fetched = response.responses[0]?.partitions[0];
      if (fetched === undefined) continue;
      const { records, end: next } = readFetched(fetched, at);
      for (const record of records) {
        if (record.offset >= end) break;
        yield { partition, record };
      }
      at = next;
    }
  }
}
