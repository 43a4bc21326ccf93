import { Admin, findErrorBy, Producer } from "@platformatic/kafka";
import { type KafkaAddress, type KafkaDriver, type KafkaProducer, MessageTooLarge } from "../driver.ts";
import { join } from "./consumer.ts";
import { guardBatches } from "./refused.ts";
import { clientOptions } from "./options.ts";

export function platformaticDriver(address: KafkaAddress): KafkaDriver {
  guardBatches();
  return {
    listTopics: () => withAdmin(address, (admin) => admin.listTopics()),
    createTopics: (topics) =>
      withAdmin(address, async (admin) => {
        for (const { name, partitions, settings } of topics) {
          await admin.createTopics({
            topics: [name],
            partitions,
            // As the broker is configured.
            replicas: -1,
            configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
          });
        }
      }),
    producer: () => producer(address),
    join: (options) => join(address, options),
  };
}

async function withAdmin<T>(address: KafkaAddress, action: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(clientOptions(address));
  try {
    return await action(admin);
  } finally {
    await admin.close().catch(() => undefined);
  }
}

function producer(address: KafkaAddress): KafkaProducer {
  let made: Producer | undefined;
  return {
    async send(topic, { key, value, headers }) {
      made ??= new Producer({ ...clientOptions(address), autocreateTopics: true });
      const message = {
        topic,
        ...(key === undefined ? {} : { key: Buffer.from(key) }),
        ...(value === null ? {} : { value: Buffer.from(value) }),
        // By buffers, no two of which are one key: names may come more than once.
        headers: new Map(
          headers.map(([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value)]),
        ) as Map<Buffer, Buffer>,
      };
      try {
        await made.send({ acks: -1, messages: [message] });
      } catch (error) {
        if (findErrorBy(error as Error, "apiId", "MESSAGE_TOO_LARGE") === null) throw error;
        throw new MessageTooLarge(String(error), { cause: error });
      }
    },
    async close() {
      await made?.close();
    },
  };
}
