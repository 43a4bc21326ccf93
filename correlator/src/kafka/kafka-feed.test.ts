import { expect, test } from "vitest";
import type { SourceRecord } from "../source/source.ts";
import { type ConsumerPort, type FetchedBatch, KafkaFeed } from "./kafka-feed.ts";

function setUp(
  lowest: bigint | (() => Promise<bigint>) = 0n,
  topicId = "t",
): {
  feed: KafkaFeed;
  seeks: bigint[];
  restarts: string[];
  signal: AbortSignal;
} {
  const seeks: bigint[] = [];
  const restarts: string[] = [];
  const consumer: ConsumerPort = {
    clusterId: "c",
    assignedId: () => "t",
    startOffset: () => Promise.resolve(0n),
    lowestOffset: () => (typeof lowest === "bigint" ? Promise.resolve(lowest) : lowest()),
    endOffsets: () => Promise.resolve(new Map()),
    seek: (_topic, _partition, offset) => void seeks.push(offset),
    commit: () => Promise.resolve(),
    topicId: () => Promise.resolve(topicId),
    restart: (reason) => void restarts.push(reason),
  };
  const source = { cluster: "c", group: "g", topicId: "t", partition: 0 };
  return {
    feed: new KafkaFeed("topic", "profiles", source, consumer),
    seeks,
    restarts,
    signal: new AbortController().signal,
  };
}

const batch = (from: number, ...offsets: number[]): FetchedBatch => ({
  from: BigInt(from),
  records: offsets.map(
    (offset): SourceRecord => ({
      offset: BigInt(offset),
      timestampMs: 0,
      headers: {},
      value: Buffer.alloc(1),
    }),
  ),
  highWatermark: 100n,
});
const offsets = (records: readonly SourceRecord[]): number[] => records.map(({ offset }) => Number(offset));

test("a batch that begins behind the expected place is refused and the place is sought", async () => {
  const { feed, seeks, signal } = setUp();
  const read = feed.read(5n, { signal });
  await feed.offer(batch(9, 9, 10));
  expect(seeks).toEqual([5n]);
  await feed.offer(batch(5, 5, 8, 9));
  expect(offsets(await read)).toEqual([5, 8, 9]);
});

test("assigned again it begins where it stands, whatever was committed meanwhile", async () => {
  const { feed, seeks, signal } = setUp();
  feed.resume();
  const read = feed.read(5n, { signal });
  feed.resume();
  expect(seeks).toEqual([5n]);
  void feed.offer(batch(5, 5));
  expect(offsets(await read)).toEqual([5]);
  // What was offered and not taken is fetched again.
  void feed.read(6n, { signal });
  feed.resume();
  expect(seeks).toEqual([5n, 6n]);
});

test("records that were seen before are left out, and gaps the log itself has are none of ours", async () => {
  const { feed, seeks, signal } = setUp();
  const read = feed.read(5n, { signal });
  await feed.offer(batch(1, 1, 3));
  await feed.offer(batch(4, 4, 5, 17));
  expect(offsets(await read)).toEqual([5, 17]);
  expect(seeks).toEqual([]);
});

test("where retention removed the expected records it goes on with the lowest there are", async () => {
  const { feed, seeks, signal } = setUp(50n);
  const read = feed.read(5n, { signal });
  await feed.offer(batch(60, 60));
  expect(seeks).toEqual([50n]);
  await feed.offer(batch(50, 50, 51));
  expect(offsets(await read)).toEqual([50, 51]);
});

test("a batch that could not be judged stays on offer for the next reader", async () => {
  let reachable = false;
  const { feed, signal } = setUp(() => (reachable ? Promise.resolve(9n) : Promise.reject(new Error("gone"))));
  const failed = feed.read(5n, { signal });
  let taken = false;
  void feed.offer(batch(9, 9)).then(() => {
    taken = true;
  });
  await expect(failed).rejects.toThrow("gone");
  // Else the consumer would hold the partition paused, and believe it had been read.
  expect(taken).toBe(false);
  reachable = true;
  expect(offsets(await feed.read(5n, { signal }))).toEqual([9]);
  expect(taken).toBe(true);
});

test("a feed begins by bringing its consumer to where it begins", async () => {
  const { feed, seeks } = setUp();
  await feed.position();
  expect(seeks).toEqual([0n]);
});

test("lag is what lies between the committed position and the end", async () => {
  const { feed, signal } = setUp();
  const read = feed.read(90n, { signal });
  await feed.offer(batch(90, 90, 91));
  await read;
  expect(feed.lag).toBe(10);
  await feed.commit(92n);
  expect(feed.lag).toBe(8);
});

test("a reader of a closed feed waits for its signal instead of asking again at once", async () => {
  const { feed } = setUp();
  const stop = new AbortController();
  let answered = false;
  const read = feed.read(0n, { signal: stop.signal }).finally(() => {
    answered = true;
  });
  feed.close();
  await feed.offer(batch(0, 0));
  await new Promise(setImmediate);
  expect(answered).toBe(false);
  stop.abort();
  expect(await read).toEqual([]);
});

test("records of a topic that was made again are not taken for those seen before", async () => {
  for (const [position, topicId] of [
    [2n, "another"],
    // The same topic, cut off behind our back.
    [200n, "t"],
  ] as const) {
    const { feed, restarts } = setUp(0n, topicId);
    const stop = new AbortController();
    const read = feed.read(position, { signal: stop.signal });
    await feed.offer(batch(0, 0, 1, 2, 3));
    stop.abort();
    expect(await read).toEqual([]);
    expect(restarts.length).toBe(1);
  }
});

test("lag counts from the committed position to where the broker says that the partition ends", async () => {
  const { feed, signal } = setUp();
  expect(await feed.position()).toBe(0n);
  expect(feed.lag).toBe(0);
  feed.endsAt(4n);
  expect(feed.lag).toBe(4);
  const read = feed.read(0n, { signal });
  await feed.offer(batch(0, 0, 1));
  await read;
  expect(feed.lag).toBe(100);
  await feed.commit(2n);
  feed.endsAt(150n);
  expect(feed.lag).toBe(148);
});
