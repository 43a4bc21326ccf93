import { TOPICS } from "@hotspan/wire";
import type { Kafka, Message } from "kafkajs";
import { sourceName } from "../source/source.ts";
import type { DeadLetterSink } from "../delivery/ports.ts";

/**
 * Dead letters of Kafka records go to `hotspan.dlq`: key = `source/offset` (one written before a crash may come twice),
 * the original value and headers, and why.
 */
export function deadLetterTopic(kafka: Kafka): DeadLetterSink & { close(): Promise<void> } {
  const producer = kafka.producer({ allowAutoTopicCreation: true });
  let connected: Promise<void> | undefined;
  const send = async (messages: Message[]): Promise<void> => {
    await producer.send({ topic: TOPICS.deadLetters, acks: -1, messages });
  };
  return {
    async write(source, letters) {
      connected ??= producer.connect();
      await connected.catch((error: unknown) => {
        connected = undefined;
        throw error;
      });
      const name = sourceName(source);
      for (const { record, code, detail } of letters) {
        const message: Message = {
          key: `${name}/${record.offset}`,
          value: Buffer.from(record.value),
          headers: {
            ...record.headers,
            "hotspan-error-code": code,
            "hotspan-error-detail": detail.slice(0, 1000),
            "hotspan-source": name,
            "hotspan-source-offset": record.offset.toString(),
            "hotspan-source-timestamp-ms": String(record.timestampMs),
            ...(record.key === undefined ? {} : { "hotspan-source-key": Buffer.from(record.key) }),
          },
        };
        try {
          await send([message]);
        } catch (error) {
          if ((error as { type?: string }).type !== "MESSAGE_TOO_LARGE") throw error;
          // With our headers it no longer fits: the coordinates lead to the original.
          await send([{ ...message, value: null }]);
        }
      }
    },
    async close() {
      if (connected !== undefined) await producer.disconnect();
    },
  };
}
