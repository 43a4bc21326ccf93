import { TOPICS } from "@hotspan/wire";
import { sourceName } from "../source/source.ts";
import type { RawHeader } from "../source/source.ts";
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

const text = (name: string, value: string): RawHeader => [name, Buffer.from(value)];

/**
 * Dead letters of a topic's records go to `hotspan.dlq`: key = `source/offset` (one written before a crash may come
 * twice), the original value and headers, and why.
 */
export function deadLetterTopic(producer: KafkaProducer, topic: string): DeadLetterSink {
  return {
    async write(source, letters) {
      const name = sourceName(source);
      for (const { record, code, detail } of letters) {
        const own: RawHeader[] = [
          text(LETTER_HEADERS.code, code),
          text(LETTER_HEADERS.detail, detail.slice(0, 1000)),
          text(LETTER_HEADERS.source, name),
          text(LETTER_HEADERS.topic, topic),
          text(LETTER_HEADERS.offset, record.offset.toString()),
          text(LETTER_HEADERS.timestampMs, String(record.timestampMs)),
          ...(record.key === undefined ? [] : [[LETTER_HEADERS.key, record.key] as const]),
        ];
        const message: KafkaMessage = {
          key: Buffer.from(`${name}/${record.offset}`),
          // Of a batch that was refused nothing is kept: its coordinates lead to it.
          value: record.refused === undefined ? record.value : null,
          // Ours last: of names that a record had as well, the last is ours.
          headers: [...(record.rawHeaders ?? []), ...own],
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
