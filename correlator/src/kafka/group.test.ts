import { pino } from "pino";
import { expect, test } from "vitest";
import { Health } from "../health.ts";
import type { KafkaDriver } from "./driver.ts";
import { consume } from "./group.ts";
import { consumed } from "./topics.ts";

const topic = Object.keys(consumed)[0] ?? "";

/** Joins a group of a topic that was `assigned` and is `now`; gives the reasons to begin anew that were found at the first look. */
async function memberships(assigned: string, now: string): Promise<readonly string[]> {
  const stop = new AbortController();
  const reasons: string[] = [];
  const driver: KafkaDriver = {
    listTopics: () => Promise.resolve(Object.keys(consumed)),
    createTopics: () => Promise.resolve(),
    producer: () => {
      throw new Error("nothing is sent");
    },
    async join(options) {
      const ended = Promise.withResolvers<void>();
      options.assigned([{ topic, partition: 0 }], {
        clusterId: "c",
        assignedId: () => assigned,
        topicId: () => Promise.resolve(now),
        startOffset: () => Promise.resolve(0n),
        lowestOffset: () => Promise.resolve(0n),
        endOffsets: () => {
          setImmediate(ended.resolve);
          return Promise.resolve(new Map([[0, 0n]]));
        },
        seek: () => undefined,
        commit: () => Promise.resolve(),
        restart: (reason) => void reasons.push(reason),
      });
      await ended.promise;
      stop.abort();
      await options.leaving();
    },
  };
  await consume({
    driver,
    topics: [topic],
    log: pino({ level: "silent" }),
    health: new Health(),
    signal: stop.signal,
    lingerMs: 1,
    deliver: () => Promise.resolve(),
  });
  return reasons;
}

test("a topic made anew ends the membership, though offsets of the one before lie within it", async () => {
  expect(await memberships("old", "new")).toEqual([
    `${topic} (new) is not the topic that was assigned (old)`,
  ]);
});

test("the topic that was assigned, and one that is not there at the moment, end nothing", async () => {
  expect(await memberships("old", "old")).toEqual([]);
  expect(await memberships("old", topic)).toEqual([]);
});
