import { decodeWindow, decompress, HEADERS, TOPICS, type Window } from "@hotspan/wire";
import kafkajs from "kafkajs";

export interface ConsumedRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly window: Window;
}

const kafka = (brokers: string) =>
  new kafkajs.Kafka({ brokers: brokers.split(","), logLevel: kafkajs.logLevel.NOTHING });

/** Makes the topic of windows. */
export async function createTopic(brokers: string, numPartitions: number): Promise<void> {
  const admin = kafka(brokers).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPICS.profiles, numPartitions }] });
  await admin.disconnect();
}

/** Reads the topic of windows from its beginning until there is `enough`. */
export async function consume(
  brokers: string,
  enough: (records: readonly ConsumedRecord[]) => boolean,
): Promise<readonly ConsumedRecord[]> {
  const consumer = kafka(brokers).consumer({ groupId: `agent-test-${Math.random()}` });
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
            if (enough(records)) resolve();
          } catch (error) {
            reject(error as Error);
          }
        },
      });
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}

/** Records the topic holds now. */
export async function recordsIn(brokers: string): Promise<number> {
  const admin = kafka(brokers).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(TOPICS.profiles);
  await admin.disconnect();
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}
