import type { Consumer } from "kafkajs";
import type { ConsumerPort } from "../kafka-feed.ts";

/**
 * `ConsumerPort.commit`: commits, or rejects. kafkajs's own resolves as well when it has committed nothing: from the moment its runner
 * stops, after a crash say, until it has joined the group again (`Runner.commitOffsets`, 2.2.4). What was taken for committed would
 * then stay open until the next record of its partition. Only the event tells what the broker has taken.
 */
export function commits(consumer: Consumer): ConsumerPort["commit"] {
  const done = new Map<string, string>();
  consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload: { topics } }) => {
    for (const { topic, partitions } of topics)
      for (const { partition, offset } of partitions) done.set(`${topic}/${partition}`, String(offset));
  });
  return async ({ topic, partition, topicId: metadata }, next) => {
    const place = `${topic}/${partition}`;
    const offset = next.toString();
    done.delete(place);
    await consumer.commitOffsets([{ topic, partition, offset, metadata }]);
    if (done.get(place) !== offset) throw new Error("not a member of the group at the moment");
  };
}
