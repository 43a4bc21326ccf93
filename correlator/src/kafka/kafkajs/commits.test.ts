import { EventEmitter } from "node:events";
import type { Consumer } from "kafkajs";
import { expect, test } from "vitest";
import { commits } from "./commits.ts";

const place = { topic: "t", topicId: "id", partition: 3 };

/** A consumer that commits while it runs, as kafkajs does: it resolves in any case. */
function consumer(): { consumer: Consumer; runs: (does: boolean) => void; committed: unknown[] } {
  const events = new EventEmitter();
  const committed: unknown[] = [];
  let running = true;
  const commitOffsets: Consumer["commitOffsets"] = async (given) => {
    await Promise.resolve();
    if (!running) return;
    const [{ topic, partition, offset, metadata }] = given as [(typeof given)[number]];
    committed.push({ topic, partition, offset, metadata });
    // It makes an object of its own of each offset.
    const told = { toString: () => offset };
    events.emit("commit", { payload: { topics: [{ topic, partitions: [{ partition, offset: told }] }] } });
  };
  return {
    consumer: {
      events: { COMMIT_OFFSETS: "commit" },
      on: (name: string, listener: () => void) => events.on(name, listener),
      commitOffsets,
    } as unknown as Consumer,
    runs: (does) => {
      running = does;
    },
    committed,
  };
}

test("commits the offset with the topic's id", async () => {
  const { consumer: one, committed } = consumer();
  await commits(one)(place, 44n);
  expect(committed).toEqual([{ topic: "t", partition: 3, offset: "44", metadata: "id" }]);
});

test("a commit that kafkajs left out without a word is a failure, also when an earlier one was done", async () => {
  const { consumer: one, runs } = consumer();
  const commit = commits(one);
  await commit(place, 44n);
  runs(false);
  await expect(commit(place, 45n)).rejects.toThrow("not a member");
  await expect(commit(place, 44n)).rejects.toThrow("not a member");
  runs(true);
  await commit(place, 45n);
});
