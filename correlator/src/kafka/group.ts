import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Health } from "../health.ts";
import type { KafkaDriver, TopicPartition } from "./driver.ts";
import { type ConsumerPort, KafkaFeed } from "./kafka-feed.ts";
import { consumed, ensureTopics } from "./topics.ts";

export const consumerGroup = "hotspan-correlator";
const component = "kafka";
/** The lowest brokers allow: partitions of a killed member stand still that long. Taken from one that is only slow, they do no harm. */
const defaultSessionMs = 6000;
/** How often brokers are asked where partitions end, and whether topics are still those that were assigned. */
const lookEveryMs = 5000;

export interface ConsumeOptions {
  readonly driver: KafkaDriver;
  /** Of those that are known. */
  readonly topics: readonly string[];
  readonly log: Logger;
  readonly health: Health;
  readonly signal: AbortSignal;
  readonly lingerMs: number;
  readonly sessionMs?: number | undefined;
  /** Delivers a feed until its signal aborts. */
  readonly deliver: (feed: KafkaFeed, signal: AbortSignal) => Promise<void>;
}

interface Assigned {
  readonly feed: KafkaFeed;
  readonly stop: AbortController;
}

/** Consumes as a member of the group until the signal aborts, beginning again after whatever ends a membership. */
export async function consume(options: ConsumeOptions): Promise<void> {
  const { health, log, signal } = options;
  for (let failures = 0; !signal.aborted; failures++) {
    health.bad(component, "no partitions are assigned yet");
    const began = performance.now();
    try {
      await consumeOnce(options);
    } catch (error) {
      // It worked for a while: this is another outage.
      if (performance.now() - began > 30_000) failures = 0;
      health.bad(component, error instanceof Error ? error.message : String(error));
      // Once per outage.
      if (failures === 0) log.warn({ err: error }, "Kafka failed; trying again");
      else log.debug({ err: error }, "Kafka still fails");
    }
    await sleep(Math.min(5000, 200 * 2 ** failures), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}

async function consumeOnce(options: ConsumeOptions): Promise<void> {
  const { driver, health, log, signal } = options;
  const assigned = new Map<string, Assigned>();
  const running = new Set<Promise<void>>();
  const release = (key: string): void => {
    assigned.get(key)?.stop.abort();
    assigned.get(key)?.feed.close();
    assigned.delete(key);
  };
  const take = (key: string, { topic, partition }: TopicPartition, consumer: ConsumerPort): void => {
    const kind = consumed[topic];
    if (kind === undefined || assigned.has(key)) return;
    const source = {
      cluster: consumer.clusterId,
      group: consumerGroup,
      topicId: consumer.assignedId(topic),
      partition,
    };
    const feed = new KafkaFeed(topic, kind, source, consumer);
    const stop = new AbortController();
    assigned.set(key, { feed, stop });
    const work = options.deliver(feed, AbortSignal.any([stop.signal, signal]));
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  await ensureTopics(driver);
  const left = new AbortController();
  const lookAgain = async (port: ConsumerPort): Promise<void> => {
    while (!left.signal.aborted) {
      const feeds = [...assigned.values()].map(({ feed }) => feed);
      await look(port, feeds).catch((error: unknown) => log.debug({ err: error }, "topics are not known"));
      await sleep(lookEveryMs, undefined, { signal: left.signal, ref: false }).catch(() => undefined);
    }
  };
  let looking: Promise<void> | undefined;
  const joined = driver.join({
    group: consumerGroup,
    topics: [...options.topics],
    lingerMs: options.lingerMs,
    sessionMs: options.sessionMs ?? defaultSessionMs,
    signal,
    assigned(partitions, consumer) {
      const wanted = new Map(partitions.map((place) => [keyOf(place), place]));
      for (const key of assigned.keys()) if (!wanted.has(key)) release(key);
      for (const { feed } of assigned.values()) feed.resume();
      for (const [key, place] of wanted) take(key, place, consumer);
      for (const topic of new Set(partitions.map(({ topic: name }) => name)))
        if (consumer.assignedId(topic) === topic)
          log.warn({ topic }, "this Kafka has no topic ids: never recreate the topic");
      looking ??= lookAgain(consumer);
      log.info({ partitions: wanted.size }, "Kafka partitions are assigned");
      health.good(component);
    },
    troubled: (reason) => health.bad(component, reason),
    recovered: () => health.good(component),
    offer: (place, batch) => assigned.get(keyOf(place))?.feed.offer(batch) ?? Promise.resolve(),
    async leaving() {
      for (const key of assigned.keys()) release(key);
      await Promise.allSettled(running);
    },
  });
  await joined.finally(() => left.abort());
}

async function look(port: ConsumerPort, feeds: readonly KafkaFeed[]): Promise<void> {
  for (const [topic, ofTopic] of Map.groupBy(feeds, (feed) => feed.topic)) {
    await restartIfOther(port, topic);
    const ends = await port.endOffsets(
      topic,
      ofTopic.map(({ source }) => source.partition),
    );
    for (const feed of ofTopic) {
      const end = ends.get(feed.source.partition);
      if (end !== undefined) feed.endsAt(end);
    }
  }
}

/**
 * A topic that was deleted and made again shows in the offsets only while it has fewer records than were read of the one
 * before: a member that reads on where it stood passes by all that lies below.
 */
async function restartIfOther(port: ConsumerPort, topic: string): Promise<void> {
  const id = await port.topicId(topic);
  // Its name: it is not there at the moment, or this Kafka has no ids.
  if (id !== topic && id !== port.assignedId(topic))
    port.restart(`${topic} (${id}) is not the topic that was assigned (${port.assignedId(topic)})`);
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
