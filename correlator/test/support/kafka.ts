import { HEADERS, recordKey, TOPICS } from "@hotspan/wire";
import kafkajs, { type Producer } from "kafkajs";
import { newInstance, message, type Message } from "./windows.ts";

export function kafkaClient(brokers: string): kafkajs.Kafka {
  return new kafkajs.Kafka({
    clientId: "test",
    brokers: [brokers],
    requestTimeout: 5000,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 40 },
  });
}

/** Sends windows of one thread; resolves when the broker has acknowledged them. */
export async function produce(producer: Producer, messages: readonly Message[]): Promise<void> {
  await producer.send({
    topic: TOPICS.profiles,
    acks: -1,
    messages: messages.map(({ instance, value }) => ({
      key: recordKey(instance, 0),
      value: Buffer.from(value),
      headers: { [HEADERS.encoding]: "zstd", [HEADERS.version]: "1.0" },
    })),
  });
}

export async function windowsOf(count: number, instance: string = newInstance()): Promise<Message[]> {
  return Promise.all(Array.from({ length: count }, (_, seq) => message({ instance, seq })));
}
