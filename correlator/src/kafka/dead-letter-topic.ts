import { TOPICS } from "@hotspan/wire";
import { sourceName } from "../source/source.ts";
import type { DeadLetterSink } from "../delivery/ports.ts";
import { type KafkaMessage, type KafkaProducer, MessageTooLarge } from "./driver.ts";

/** Headers of a dead letter, beside those of the record it was. */
export const LETTER_HEADERS = {
  code: "hotspan-error-code",
  detail: "hotspan-error-detail",
  /** cluster/group/topic id/partition. */
  source: "hotspan-source",
  topic: "hotspan-source-topic",
  offset: "hotspan-source-offset",
  timestampMs: "hotspan-source-timestamp-ms",
  key: "hotspan-source-key",
} as const;

/**
 * Dead letters of a topic's records go to `hotspan.dlq`: key = `source/offset` (one written before a crash may come
 * twice), the original value and headers, and why.
 */
export function deadLetterTopic(producer: KafkaProducer, topic: string): DeadLetterSink {
  return {
    async write(source, letters) {
      const name = sourceName(source);
      for (const { record, code, detail } of letters) {
        const message: KafkaMessage = {
          key: Buffer.from(`${name}/${record.offset}`),
          value: record.value,
          headers: {
            ...record.headers,
            [LETTER_HEADERS.code]: code,
            [LETTER_HEADERS.detail]: detail.slice(0, 1000),
            [LETTER_HEADERS.source]: name,
            [LETTER_HEADERS.topic]: topic,
            [LETTER_HEADERS.offset]: record.offset.toString(),
            [LETTER_HEADERS.timestampMs]: String(record.timestampMs),
            ...(record.key === undefined ? {} : { [LETTER_HEADERS.key]: record.key }),
          },
        };
        try {
          await producer.send(TOPICS.deadLetters, message);
        } catch (error) {
          if (!(error instanceof MessageTooLarge)) throw error;
          // With our headers it no longer fits: the coordinates lead to the original.
          await producer.send(TOPICS.deadLetters, { ...message, value: null });
        }
      }
    },
  };
}
