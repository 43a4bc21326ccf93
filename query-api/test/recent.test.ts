// What is kept of a store is what a reader without memory would see, and many traces of a long range are found in few blocks.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LaneRange, planLanes, readLanes } from "../src/db/ledger-data.ts";
import { readTracesSlim } from "../src/db/slim-spans.ts";
import { readWindows } from "../src/db/windows.ts";
import { type Caller, Store } from "../src/db/store.ts";
import { readWindowRows } from "../src/ledger/columns.ts";
import { insertSpans, insertWindows, spanIdOf, traceIdOf } from "./support/rows.ts";

let db: TestStore;
let queries = 0;
const caller: Caller = { requestId: "recent", signal: new AbortController().signal };
const t0 = BigInt(Math.floor(Date.now() / 1000) - 4000) * 1_000_000_000n;
const S = 1_000_000_000n;

beforeAll(async () => {
  db = await testStore();
});
afterAll(async () => {
  await db?.close();
});

const storeOf = (): Store => new Store(db.reader, 60_000, { begun: () => queries++, ended: () => undefined });
const instanceOf = (i: number): string => String(i).padStart(32, "0");

async function read(store: Store): Promise<string[]> {
  const ranges = Array.from(
    { length: 8 },
    (_, i): LaneRange => ({ instance: instanceOf(i), thread: 0, from: t0 + 2n * S, to: t0 + 12n * S }),
  );
  const plan = await planLanes(store, caller, ranges);
  const { windows } = await readLanes(store, caller, ranges, { plan });
  return readWindowRows(windows).map(({ instance, seq, part }) => `${Number(instance)} ${seq}.${part}`);
}

test("windows are read once, those that are new or gone are seen at once", async () => {
  const window = (i: number, seq: number, part = 1, parts = 1) => ({
    service: "shop",
    instance: instanceOf(i),
    seq,
    start: t0 + BigInt(seq) * 10n * S,
    seconds: 10,
    part,
    parts,
  });
  const whole = Array.from({ length: 8 }, (_, i) => [0, 1].map((seq) => window(i, seq))).flat();
  await insertWindows(db.writer, [...whole.slice(1), window(0, 0, 1, 2)]);
  const store = storeOf();
  const first = await read(store);
  expect(first.toSorted()).toEqual(whole.map((_, i) => `${Math.floor(i / 2)} ${i % 2}.1`).toSorted());

  queries = 0;
  expect(await read(store)).toEqual(first);
  // Keys, events, and the one of which a part is missing.
  expect(queries).toBe(3);

  await insertWindows(db.writer, [window(0, 0, 2, 2)]);
  expect(await read(store)).toEqual(["0 0.1", "0 0.2", ...first.slice(1)]);
  queries = 0;
  expect(await read(store)).toEqual(["0 0.1", "0 0.2", ...first.slice(1)]);
  expect(queries).toBe(2);

  await db.alter(
    `ALTER TABLE profile_windows DELETE WHERE Instance = '${instanceOf(3)}' SETTINGS mutations_sync = 2`,
  );
  const left = (await read(store)).filter((one) => one.startsWith("3 "));
  expect(left).toEqual([]);
  expect(await read(storeOf())).toEqual(await read(store));
});

test("what windows say is kept for ten minutes of a process, and is what a reader without memory sees of any range", async () => {
  const minute = 60n * S;
  // Over the edge of ten minutes lies a window of two parts.
  const edge = ((t0 - 3600n * S) / (10n * minute)) * 10n * minute;
  const window = (seq: number, part = 1, parts = 1) => ({
    service: "facts",
    instance: instanceOf(77),
    seq,
    start: edge + BigInt(seq - 60) * 10n * S - (part === 1 ? 5n * S : 0n),
    seconds: 10,
    part,
    parts,
  });
  await insertWindows(db.writer, [
    ...Array.from({ length: 120 }, (_, seq) => window(seq, 1, seq === 60 ? 2 : 1)),
    window(60, 2, 2),
  ]);
  const ranges = [-200n, -70n, -3n, 0n, 40n, 300n].flatMap((from) =>
    [1n, 20n, 250n].map((length) => [edge + from * S, edge + (from + length) * S] as const),
  );
  const read = (store: Store, settled: bigint) =>
    Promise.all(
      ranges.map(async ([from, to]) =>
        [...(await readWindows(store, caller, [instanceOf(77)], from, to, minute, settled))].flat(),
      ),
    );
  const plain = await read(storeOf(), 0n);
  const store = storeOf();
  for (let round = 0; round < 2; round++) {
    queries = 0;
    expect(await read(store, t0)).toEqual(plain);
    if (round === 1) expect(queries).toBe(0);
  }
  const [, facts] = plain.find((lane) => lane.length > 0) as unknown as [
    string,
    { seq: number; partsSeen: number }[],
  ];
  expect(facts.map(({ seq }) => seq)).toEqual([...new Set(facts.map(({ seq }) => seq))]);
  const whole = plain.flatMap((lane) => lane[1] as unknown as typeof facts).filter(({ seq }) => seq === 60);
  expect(Math.max(...whole.map(({ partsSeen }) => partsSeen))).toBe(2);
});

test("hundreds of traces of an hour with a million spans are the same by the projection, and kept", async () => {
  const traces = 300;
  await insertSpans(
    db.writer,
    Array.from({ length: traces * 3 }, (_, i) => ({
      traceId: traceIdOf(`many${i % traces}`),
      spanId: spanIdOf(`many${i}`),
      parent: i < traces ? "" : spanIdOf(`many${i % traces}`),
      service: "many",
      name: `step ${Math.floor(i / traces)}`,
      start: t0 + BigInt(i) * S,
      durationMs: 5,
      instance: instanceOf(i % 7),
      thread: 0,
    })),
  );
  for (let at = 0; at < 1_200_000; at += 100_000)
    await db.writer.command({
      query: `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration)
        SELECT fromUnixTimestamp64Nano(${t0} + toInt64(number) * 3000000, 'UTC'), lower(hex(sipHash128(number))), lower(hex(sipHash64(number))), 'filler', 'Internal', 'filler', 1000
        FROM numbers(${at}, 100000)`,
    });
  const range = {
    traceIds: Array.from({ length: traces }, (_, i) => traceIdOf(`many${i}`)),
    from: t0 - 60n * S,
    to: t0 + 3700n * S,
  };
  const read = (store: Store) => readTracesSlim(store, caller, range, t0 + 3800n * S);
  const store = storeOf();
  queries = 0;
  const found = await read(store);
  // The columns there are, the blocks of the range, thrice a hundred traces, and hosts.
  if (db.shards.length === 1) expect(queries).toBeGreaterThanOrEqual(5);
  expect(found?.size).toBe(traces);
  for (const [i, traceId] of range.traceIds.entries())
    expect(found?.get(traceId)?.map(({ spanId }) => spanId)).toEqual(
      [i, i + traces, i + 2 * traces].map((n) => spanIdOf(`many${n}`)),
    );
  queries = 0;
  expect(await read(store)).toEqual(found);
  expect(queries).toBe(0);
  expect(await read(storeOf())).toEqual(found);

  const ids = range.traceIds.slice(0, 100).map((id) => `'${id}'`);
  const plan = await db.rows<{ explain: string }>(
    `EXPLAIN indexes = 1 SELECT TraceId, SpanId FROM otel_traces WHERE TraceId IN (${ids.join(",")})`,
  );
  expect(plan.map(({ explain }) => explain).join("\n")).toContain("of_trace");
});
