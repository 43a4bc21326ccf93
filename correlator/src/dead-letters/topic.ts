import { Admin, Consumer, Producer } from "@platformatic/kafka";
import { TOPICS } from "@hotspan/wire";
import type { KafkaAddress } from "../kafka/driver.ts";
import { clientOptions } from "../kafka/platformatic/options.ts";
import { readTopic } from "../kafka/platformatic/read-topic.ts";
import { type Letter, readLetter } from "./letter.ts";

/** Header of a replayed record: `partition/offset` of the letter it was. */
const REPLAYED = "hotspan-replayed-from";

export interface DeadLetterTopic {
  /** Every letter there is now, partition by partition, oldest first. Empty also where there is no such topic. */
  letters(): AsyncGenerator<Letter>;
  /** Writes the record again as it was, behind the newest of its partition (or of `topic`). Rejects if it cannot be. */
  replay(letter: Letter, topic: string): Promise<void>;
  close(): Promise<void>;
}

/** Reads by offset and as no group's member: looking changes nothing. */
export function openDeadLetters(address: KafkaAddress): DeadLetterTopic {
  const client = clientOptions(address);
  const consumer = new Consumer({ ...client, groupId: "hotspan-dlq" });
  const producer = new Producer({ ...client, idempotent: true });
  const admin = new Admin(client);
  consumer.topics.track(TOPICS.deadLetters);
  return {
    letters: () => letters(admin, consumer),
    async replay(letter, topic) {
      const replayed = [Buffer.from(REPLAYED), Buffer.from(`${letter.partition}/${letter.offset}`)] as const;
      await producer.send({
        acks: -1,
        messages: [
          {
            topic,
            partition: letter.sourcePartition,
            headers: new Map([...letter.headers, replayed]) as Map<Buffer, Buffer>,
            ...(letter.key === undefined ? {} : { key: letter.key }),
            ...(letter.value === undefined ? {} : { value: letter.value }),
          },
        ],
      });
    },
    async close() {
      await Promise.allSettled([consumer.close(true), producer.close(true), admin.close()]);
    },
  };
}

async function* letters(admin: Admin, consumer: Consumer): AsyncGenerator<Letter> {
  for await (const { partition, record } of readTopic(admin, consumer, TOPICS.deadLetters)) {
    const letter = readLetter(partition, record);
    if (letter !== undefined) yield letter;
  }
}
