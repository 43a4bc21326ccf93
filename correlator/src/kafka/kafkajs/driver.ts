import type { Admin, Kafka, Producer } from "kafkajs";
import type { Logger } from "pino";
import type { RawHeader } from "../../source/source.ts";
import { type KafkaAddress, type KafkaDriver, type KafkaProducer, MessageTooLarge } from "../driver.ts";
import { kafkaClient } from "./client.ts";
import { join } from "./consumer.ts";

export function kafkajsDriver(address: KafkaAddress, log: Logger): KafkaDriver {
  const kafka = kafkaClient(address, log);
  return {
    listTopics: () => withAdmin(kafka, (admin) => admin.listTopics()),
    createTopics: (topics) =>
      withAdmin(kafka, async (admin) => {
        await admin.createTopics({
          topics: topics.map(({ name, partitions, settings }) => ({
            topic: name,
            numPartitions: partitions,
            configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
          })),
          waitForLeaders: true,
          timeout: 10_000,
        });
      }),
    producer: () => producer(kafka),
    join: (options) => join(kafka, options),
  };
}

async function withAdmin<T>(kafka: Kafka, action: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await action(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function producer(kafka: Kafka): KafkaProducer {
  let made: { readonly producer: Producer; readonly connected: Promise<void> } | undefined;
  const connected = async (): Promise<Producer> => {
    if (made === undefined) {
      const producer = kafka.producer({ allowAutoTopicCreation: true });
      made = { producer, connected: producer.connect() };
    }
    const { producer, connected } = made;
    await connected.catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return producer;
  };
  return {
    async send(topic, { key, value, headers }) {
      const message = {
        key: key === undefined ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        headers: grouped(headers),
      };
      try {
        await (await connected()).send({ topic, acks: -1, messages: [message] });
      } catch (error) {
        if ((error as { type?: string }).type !== "MESSAGE_TOO_LARGE") throw error;
        throw new MessageTooLarge(String(error), { cause: error });
      }
    },
    async close() {
      await made?.producer.disconnect();
    },
  };
}

/** kafkajs takes values of one name together. */
function grouped(headers: readonly RawHeader[]): Record<string, Buffer[]> {
  const groups: Record<string, Buffer[]> = {};
  for (const [name, value] of headers) {
    // Not in its types: it writes none for a value that is not there.
    const one = value === null ? (null as unknown as Buffer) : Buffer.from(value);
    (groups[name] ??= []).push(one);
  }
  return groups;
}
