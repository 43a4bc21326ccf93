import { setTimeout as sleep } from "node:timers/promises";
import {
  type Consumer,
  FetchIsolationLevels,
  type fetchV17,
  findErrorBy,
  protocolErrors,
} from "@platformatic/kafka";
import type { GroupOptions } from "../driver.ts";
import type { ConsumerPort } from "../kafka-feed.ts";
import { shortId } from "./ids.ts";
import type { Position, Positions } from "./positions.ts";
import { placeOfBatch, refusalIn, substitute } from "./refused.ts";
import { readFetched, toSourceRecord } from "./records.ts";

export interface FetchContext {
  readonly consumer: Consumer;
  readonly positions: Positions;
  readonly port: ConsumerPort;
  readonly options: GroupOptions;
  readonly signal: AbortSignal;
  /** Why fetching fails; undefined when it works again. */
  readonly trouble: (reason: string | undefined) => void;
}

/** Failures in a row after which the membership begins anew, with new connections: some ten seconds of them. */
const patience = 10;

/** Fetches what the partitions want until the signal aborts, from each broker on its own. Rejects when it keeps failing. */
export async function fetchAll(context: FetchContext): Promise<void> {
  const { positions, signal, trouble } = context;
  const busy = new Map<number, Promise<void>>();
  let failures = 0;
  /** Throws when patience ends. */
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
      failures = 0;
      trouble(undefined);
    } catch (error) {
      if (signal.aborted) return;
      trouble(error instanceof Error ? error.message : String(error));
      if (++failures > patience) throw error;
      await pause(Math.min(2000, 100 * 2 ** failures), signal);
    }
  };
  while (!signal.aborted) {
    const changed = positions.changed();
    await attempt(async () => {
      for (const [node, wanting] of await byLeader(context)) {
        if (busy.has(node)) continue;
        const fetching = attempt(() => fetchFrom(node, wanting, context));
        busy.set(node, fetching);
        // The race below hears of a failure.
        void fetching.catch(() => undefined).finally(() => busy.delete(node));
      }
    });
    // The second: a partition may be without a leader for a while.
    await Promise.race([changed, ...busy.values(), pause(1000, signal)]);
  }
  await Promise.allSettled(busy.values());
}

async function byLeader({ consumer, positions, port }: FetchContext): Promise<Map<number, Position[]>> {
  const wanting = positions.wanting();
  const nodes = new Map<number, Position[]>();
  if (wanting.length === 0) return nodes;
  const { topics } = await consumer.metadata({ topics: consumer.topics.current });
  for (const position of wanting) {
    const topic = topics.get(position.topic);
    const leader = topic?.partitions[position.partition]?.leader;
    if (topic === undefined || leader === undefined || leader < 0) continue;
    const id = shortId(topic.id) ?? position.topic;
    if (id !== port.assignedId(position.topic)) {
      port.restart(`${position.topic} was made anew (${id})`);
      return new Map();
    }
    const list = nodes.get(leader);
    if (list === undefined) nodes.set(leader, [position]);
    else list.push(position);
  }
  return nodes;
}

async function fetchFrom(node: number, wanting: readonly Position[], context: FetchContext): Promise<void> {
  const { consumer, options } = context;
  const { topics } = await consumer.metadata({ topics: consumer.topics.current });
  const asked = wanting.map((position) => ({
    position,
    topicId: topics.get(position.topic)?.id ?? "",
    offset: position.next,
    seeks: position.seeks,
  }));
  const response = await consumer
    .fetch({
      node,
      topics: request(asked),
      // The broker lingers for us: it answers when there is a megabyte, or after this long.
      minBytes: 1 << 20,
      maxWaitTime: options.lingerMs,
      maxBytes: 8 << 20,
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
    })
    .catch((error: unknown) => {
      if (refusalIn(error) !== undefined) return undefined;
      return answerOf(error);
    });
  // One batch of one partition spoils the answer: each is asked alone, batch by batch until that one is passed.
  if (response === undefined) {
    for (const ask of asked) await fetchAlone(node, ask, context);
    return;
  }
  await take(response, asked, context);
}

/** What some partitions answered where others are out of range. Throws any other error. */
function answerOf(error: unknown): fetchV17.FetchResponse {
  const { response } = error as { response?: fetchV17.FetchResponse };
  if (response === undefined || findErrorBy(error as Error, "apiId", "OFFSET_OUT_OF_RANGE") === null)
    throw error;
  return response;
}

/** One batch of one partition; past it if it is one that is refused. */
async function fetchAlone(node: number, ask: Asked, context: FetchContext): Promise<void> {
  const { consumer, positions, options } = context;
  const { position, topicId, offset } = ask;
  try {
    const response = await consumer.fetch({
      node,
      topics: request([ask], 1),
      minBytes: 1,
      maxWaitTime: options.lingerMs,
      maxBytes: 1,
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
    });
    await take(response, [ask], context);
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === undefined) return take(answerOf(error), [ask], context);
    const connection = (await consumer.connectToBrokers([node])).get(node);
    if (connection === undefined) throw error;
    const place = await placeOfBatch(connection, topicId, position.partition, offset);
    if (place === undefined || position.held || position.seeks !== ask.seeks) return;
    const { from } = position;
    const records = [substitute(place, refusal)];
    positions.fetched(position, records, place.lastOffset + 1n);
    positions.hold(position, options.offer(position, { from, records, highWatermark: place.highWatermark }));
  }
}

async function take(
  response: fetchV17.FetchResponse,
  asked: readonly Asked[],
  context: FetchContext,
): Promise<void> {
  const { options, positions } = context;
  for (const { topicId, partitions } of response.responses)
    for (const fetched of partitions) {
      const ask = asked.find(
        (one) => one.topicId === topicId && one.position.partition === fetched.partitionIndex,
      );
      // Led elsewhere while it was under way: what it brings is of no use.
      if (ask === undefined || ask.position.held || ask.position.seeks !== ask.seeks) continue;
      const { position } = ask;
      if (fetched.errorCode === protocolErrors["OFFSET_OUT_OF_RANGE"]?.code) {
        // Retention has removed it, or it lies beyond the end of what another log this is: the feed finds out.
        const lowest = await context.port.lowestOffset(position.topic, position.partition);
        positions.seek(position.topic, position.partition, lowest);
        continue;
      }
      const { from } = position;
      const { records: raw, end } = readFetched(fetched, ask.offset);
      const records = raw.map(toSourceRecord);
      positions.fetched(position, records, end);
      if (records.length > 0)
        positions.hold(
          position,
          options.offer(position, { from, records, highWatermark: fetched.highWatermark }),
        );
    }
}

interface Asked {
  readonly position: Position;
  readonly topicId: string;
  readonly offset: bigint;
  readonly seeks: number;
}

function request(asked: readonly Asked[], partitionMaxBytes = 2 << 20): fetchV17.FetchRequestTopic[] {
  return Array.from(
    Map.groupBy(asked, ({ topicId }) => topicId),
    ([topicId, partitions]) => ({
      topicId,
      partitions: partitions.map(({ position, offset }) => ({
        partition: position.partition,
        fetchOffset: offset,
        partitionMaxBytes,
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1,
      })),
    }),
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
