// What an operator is told of agents and of ingest.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Fleet } from "@hotspan/query-api/types";
import { agentsQuery } from "../src/db/fleet.ts";
import { startApi, type TestApi } from "./support/api.ts";
import { violations } from "./support/contract.ts";
import { insertInstances, insertWindows } from "./support/rows.ts";

let store: TestStore;
let api: TestApi;
const S = 1_000_000_000n;
const period = 10_000_000;
const t0 = BigInt(Math.floor(Date.now() / 1000) - 600) * S;
const instance = (digit: string): string => digit.repeat(32);

beforeAll(async () => {
  store = await testStore();
  const window = (digit: string, seq: number, columns: Readonly<Record<string, unknown>> = {}) => ({
    service: "cart",
    instance: instance(digit),
    seq,
    start: t0 + BigInt(seq) * 10n * S,
    periodNano: period,
    columns: {
      ExpectedTicks: 1000,
      TakenTicks: 200,
      ThreadCpuNano: String(1_500_000_000),
      FlushStallNano: String(3_000_000 + seq),
      ServiceVersion: "1.0.0",
      Schedule: "continuous",
      ...columns,
    },
  });
  await insertWindows(store.writer, [
    // Healthy: 150 ticks of CPU time, 200 taken, asleep otherwise. The second window is of two parts.
    window("a", 7),
    { ...window("a", 8), part: 1, parts: 2 },
    { ...window("a", 8), part: 2, parts: 2 },
    { ...window("a", 9, { ServiceVersion: "1.0.1", FlushStallNano: "2000000" }) },
    // A heap profile: its sequence number is that of a window with ticks.
    { ...window("a", 9, { ExpectedTicks: 0, TakenTicks: 0 }), start: t0 + 91n * S, periodNano: 0 },
    // A worker of the same process.
    { ...window("a", 0), thread: 3 },
    // Two windows of four never came; of those that did the CPU time proves 300 ticks and 250 were taken; labels were lost.
    {
      ...window("b", 1, { TakenTicks: 250, ThreadCpuNano: String(3_000_000_000) }),
      mode: "slow_only",
      droppedContexts: 5,
    },
    {
      ...window("b", 4, { TakenTicks: 250, ThreadCpuNano: String(3_000_000_000), Schedule: "amortised" }),
      mode: "slow_only",
      droppedContexts: 6,
    },
    // Without the quiet loop every tick is due.
    { ...window("c", 0, { TakenTicks: 900, QuietLoop: false }), service: "mail" },
  ]);
  await insertInstances(store.writer, [
    {
      service: "cart",
      instance: instance("a"),
      seen: t0,
      zone: "eu-1a",
      host: "node-1",
      environment: "production",
    },
    { service: "cart", instance: instance("b"), seen: t0, zone: "eu-1b", host: "node-2" },
    { service: "mail", instance: instance("c"), seen: t0, zone: "eu-1b", host: "node-2" },
  ]);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});
beforeEach(async () => {
  await store.alter("TRUNCATE TABLE ingest_status");
});

const fleet = async (query = ""): Promise<Fleet> => {
  const { status, body } = await api.get(`/api/v1/fleet${query}`);
  expect(status).toBe(200);
  expect(violations("fleet", body)).toEqual([]);
  return body as Fleet;
};
const names = (answer: Fleet): string[] =>
  answer.agents.map(({ instance: id, thread }) => `${id[0]}${thread}`);

test("an agent that sleeps most of the time covers all of it; parts and heap profiles count no window twice", async () => {
  const { agents } = await fleet("?service=cart&thread=0");
  expect(agents[0]).toEqual({
    instance: instance("a"),
    service: "cart",
    version: "1.0.1",
    zone: "eu-1a",
    host: "node-1",
    thread: 0,
    node: "24.21.0",
    agentVersion: "0.1.0",
    mode: "continuous",
    schedule: "continuous",
    periodNano: period,
    lastSeenUnixNano: String(t0 + 100n * S),
    coverage: 1,
    lostTicks: 0,
    droppedSamples: 0,
    droppedWindows: 0,
    stallMaxNano: 3_000_008,
    cpuShare: 0.15,
  });
});

test("lost windows, ticks and labels are told, and missing windows cover nothing", async () => {
  const { agents } = await fleet();
  expect(agents.find((agent) => agent.instance === instance("b"))).toMatchObject({
    mode: "slow_only",
    schedule: "amortised",
    lostTicks: 100,
    droppedSamples: 11,
    droppedWindows: 2,
    coverage: (1 - 100 / 2000) * (2 / 4),
    cpuShare: 0.3,
  });
  expect(agents.find((agent) => agent.instance === instance("c"))).toMatchObject({
    lostTicks: 100,
    coverage: 0.9,
    droppedWindows: 0,
  });
});

test("filters narrow it down, and pages follow one another", async () => {
  expect(names(await fleet())).toEqual(["a0", "a3", "b0", "c0"]);
  expect(names(await fleet("?zone=eu-1b"))).toEqual(["b0", "c0"]);
  expect(names(await fleet("?zone=eu-1b&service=cart"))).toEqual(["b0"]);
  expect(names(await fleet("?environment=production&thread=3"))).toEqual(["a3"]);
  expect(names(await fleet("?version=1.0.1"))).toEqual(["a0"]);
  expect(names(await fleet(`?instance=${instance("a")}&instance=${instance("c")}`))).toEqual([
    "a0",
    "a3",
    "c0",
  ]);
  expect(names(await fleet(`?to=${(t0 + 5n * S) / 1_000_000n}`))).toEqual(["a3", "c0"]);
  const first = await fleet("?limit=3");
  expect(names(first)).toEqual(["a0", "a3", "b0"]);
  const second = await fleet(`?limit=3&cursor=${first.nextCursor}`);
  expect(names(second)).toEqual(["c0"]);
  expect(second).not.toHaveProperty("nextCursor");
});

test("what cannot be asked is refused by name", async () => {
  for (const [query, code, field] of [
    ["instance=x", "bad_parameter", "instance"],
    ["operation=x", "bad_parameter", "operation"],
    ["limit=501", "bad_parameter", "limit"],
    ["cursor=x", "bad_parameter", "cursor"],
    [`from=${Date.now() - 32 * 86_400_000}`, "range_too_large", "from"],
  ]) {
    const { status, body } = await api.get(`/api/v1/fleet?${query}`);
    expect([status, body.code, body.field]).toEqual([400, code, field]);
  }
});

test("lag is the sum of the correlators that told a moment ago; without any it is unknown, not zero", async () => {
  const none = await fleet();
  expect(none.ingest).toEqual({ lagMessages: null, lagMs: null, deadLetters: 0 });
  const told = (Correlator: string, secondsAgo: number, figures: readonly [number, number, number]) => ({
    At: (Date.now() / 1000 - secondsAgo).toFixed(3),
    Correlator,
    LagMessages: figures[0],
    LagMs: figures[1],
    DeadLetters: figures[2],
  });
  await store.writer.insert({
    table: "ingest_status",
    format: "JSONEachRow",
    values: [
      told("one", 12, [900, 90_000, 2]),
      told("one", 2, [5, 400, 1]),
      told("two", 3, [7, 1200, 0]),
      // Ended some time ago: its partitions are others' now, its dead letters remain.
      told("gone", 120, [1_000_000, 1_000_000, 4]),
      told("gone", 7200, [0, 0, 100]),
    ],
  });
  expect((await fleet()).ingest).toEqual({ lagMessages: 12, lagMs: 1200, deadLetters: 7 });
  expect((await fleet(`?from=${Date.now() - 8_000_000}`)).ingest.deadLetters).toBe(107);
});

test("a day of the fleet is read from the projections, not from the windows, and comes to the same", async () => {
  // From shortly before a noon: next to midnight a partition would hold so few rows that no projection is used for them.
  const day = 86_400n * S;
  const from = (t0 / day) * day - day / 2n - 7n * S;
  await store.writer.command({
    query: `INSERT INTO profile_windows (Instance, Thread, Start, Seq, Part, Parts, ServiceName, StartUnixNano, EndUnixNano, PeriodNano,
        ExpectedTicks, TakenTicks, FlushStallNano, QuietLoop)
      SELECT lower(hex(sipHash128(number % 20))), 0, fromUnixTimestamp64Nano(at), intDiv(number, 20), 1, 1, 'crowd', at, at + 10000000000, 10000000,
        1000, 990, number, 0
      FROM (SELECT number, ${from} + intDiv(number, 20) * 40000000000 AS at FROM numbers(40000))`,
  });
  const to = from + 80_000n * S;
  const explained = await store.rows<{ explain: string }>(
    `EXPLAIN ${agentsQuery({ service: ["crowd"] }, { from, to }).text}`,
  );
  const reads = explained.flatMap(({ explain }) => /ReadFrom\w+ \((\w+)\)/.exec(explain)?.[1] ?? []);
  expect(reads).toEqual(["of_thread", "of_time", "of_time"]);
  const { agents } = await fleet(`?service=crowd&from=${from / 1_000_000n}&to=${to / 1_000_000n}`);
  expect(agents).toHaveLength(20);
  expect(new Set(agents.map(({ lastSeenUnixNano }) => lastSeenUnixNano))).toEqual(
    new Set([String(to - 30n * S)]),
  );
  // 2000 windows each, with ten of 1000 ticks lost.
  for (const agent of agents)
    expect(agent).toMatchObject({ coverage: 0.99, lostTicks: 20_000, droppedWindows: 0 });
  expect(Math.max(...agents.map(({ stallMaxNano }) => stallMaxNano))).toBe(39_999);
});
