// A selection over time, of the same small story (support/story.ts): web 80 ms wall in 8 samples, cart 20 ms in 2.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Deploys, Profile, Series } from "../src/types.ts";
import { startApi, type TestApi } from "./support/api.ts";
import { violations } from "./support/contract.ts";
import { insertInstances, insertSamples, insertWindows, MS } from "./support/rows.ts";
import { type Story, webInstance, writeStory } from "./support/story.ts";

let store: TestStore;
let api: TestApi;
let story: Story;

beforeAll(async () => {
  store = await testStore();
  story = await writeStory(store);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

async function seriesOf(query: string): Promise<Series> {
  const { status, body } = await api.get(`/api/v1/profiles/series?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(violations("series", body)).toEqual([]);
  return body as Series;
}

const sums = ({ series }: Series): [Record<string, string>, number][] =>
  series.map(({ key, points }) => [key, points.reduce((sum, [, value]) => sum + value, 0) / MS]);

test("without groupBy there is one line, whose sum is the profile's total", async () => {
  const all = await seriesOf("");
  expect(sums(all)).toEqual([[{}, 100]]);
  expect(all).toMatchObject({ stepNano: 30e9, unit: "nanoseconds", truncated: false });
  const { body } = await api.get("/api/v1/profiles");
  expect((body as Profile).total).toBe(100 * MS);
});

test("a line for each value, the greatest first; of processes what they say of themselves", async () => {
  expect(sums(await seriesOf("groupBy=service"))).toEqual([
    [{ service: "web" }, 80],
    [{ service: "cart" }, 20],
  ]);
  expect(sums(await seriesOf("groupBy=version&groupBy=zone"))).toEqual([
    [{ version: "1.2.0", zone: "eu-1" }, 80],
    [{ version: "3.0.0", zone: "eu-2" }, 20],
  ]);
  expect(sums(await seriesOf("groupBy=environment&type=cpu"))).toEqual([[{ environment: "prod" }, 55]]);
  expect(sums(await seriesOf("groupBy=instance&groupBy=thread&service=web"))).toEqual([
    [{ instance: webInstance, thread: "0" }, 80],
  ]);
  expect(sums(await seriesOf("groupBy=endpoint&service=web&version=1.2.0"))).toEqual([
    [{ endpoint: "GET /cart" }, 70],
    [{ endpoint: "" }, 10],
  ]);
});

test("steps begin at multiples of their length, and a fine step tells samples apart", async () => {
  const { series, stepNano } = await seriesOf(
    "service=cart&stepMs=1000&from=" + String(story.t0 / 1_000_000n - 5000n),
  );
  expect(stepNano).toBe(1e9);
  expect(series).toEqual([{ key: {}, points: [[Number(story.t0 / 1_000_000n), 20 * MS]] }]);
});

test("steps of whole ten minutes, which are read as sums, agree with finer ones", async () => {
  const sample = (minutes: number): Parameters<typeof insertSamples>[1][number] => ({
    service: "batch",
    instance: "c".repeat(32),
    thread: 0,
    endpoint: "run",
    at: story.t0 - BigInt(minutes) * 60_000_000_000n,
    stack: ["main@src/batch.ts:1|batch|app"],
    wall: minutes * MS,
    cpu: MS,
  });
  await insertSamples(store.writer, [1, 7, 13, 26, 44, 61].map(sample));
  const from = `from=${story.t0 / 1_000_000n - 7_300_000n}`;
  const coarse = await seriesOf(`service=batch&groupBy=endpoint&stepMs=1200000&${from}`);
  const fine = await seriesOf(`service=batch&groupBy=instance&stepMs=60000&${from}`);
  const folded = new Map<number, number>();
  for (const [at, value] of fine.series[0]?.points ?? []) {
    const step = at - (at % 1_200_000);
    folded.set(step, (folded.get(step) ?? 0) + value);
  }
  expect(coarse.series).toEqual([{ key: { endpoint: "run" }, points: [...folded] }]);
  expect(sums(fine)[0]?.[1]).toBe(152);
});

test("sums of processes by whole ten minutes agree with finer steps, whichever processes are asked for", async () => {
  const minute = 60_000_000_000n;
  const instances = ["6", "7", "8"].map((digit) => digit.repeat(32));
  await insertInstances(
    store.writer,
    instances.map((instance, i) => ({
      service: "fold",
      instance,
      seen: story.t0,
      version: i === 0 ? "1" : "2",
      zone: `z${i}`,
    })),
  );
  await insertSamples(
    store.writer,
    Array.from({ length: 60 }, (_, i) => ({
      service: "fold",
      instance: instances[i % 3]!,
      thread: i % 2,
      endpoint: "run",
      at: story.t0 - BigInt(2 * i) * minute,
      stack: ["main@src/fold.ts:1|fold|app"],
      wall: (i + 1) * MS,
      cpu: MS,
    })),
  );
  // Neither end at whole ten minutes.
  const range = `from=${story.t0 / 1_000_000n - 6_123_000n}&to=${story.t0 / 1_000_000n - 61_000n}`;
  for (const query of [
    "groupBy=version",
    "groupBy=instance&groupBy=thread",
    "groupBy=zone&version=2",
    `groupBy=thread&instance=${instances[1]}`,
    "groupBy=endpoint&thread=1&zone=z0&zone=z2",
    "groupBy=version&type=cpu",
  ]) {
    const whole = sums(await seriesOf(`service=fold&stepMs=1200000&${range}&${query}`));
    expect([query, whole]).toEqual([
      query,
      sums(await seriesOf(`service=fold&stepMs=60000&${range}&${query}`)),
    ]);
    expect([query, whole.length]).not.toEqual([query, 0]);
  }
});

test("what was sampled when stands beside the sums: pauses are none of it, and time without work is", async () => {
  const minute = 60_000_000_000n;
  const at = (minutes: number): bigint => story.t0 - BigInt(minutes) * minute;
  const window = (instance: string, start: bigint, seq: number, version = "") => ({
    service: "nap",
    instance: instance.repeat(32),
    seq,
    start,
    columns: { ServiceVersion: version },
  });
  await insertWindows(store.writer, [
    // Two processes at once, then a pause of twenty minutes, then one of them alone.
    window("3", at(30), 0, "1"),
    window("3", at(30) + 10_004_000_000n, 1, "1"),
    window("4", at(30) + 5_000_000_000n, 0, "2"),
    window("3", at(10), 2, "1"),
  ]);
  const sample = { thread: 0, stack: ["main@src/nap.ts:1|nap|app"], wall: 100 * MS, cpu: 100 * MS };
  await insertSamples(store.writer, [
    { ...sample, service: "nap", instance: "3".repeat(32), at: at(30) },
    // Of another profiler: no window says when it looked.
    { ...sample, service: "guest", instance: "5".repeat(32), at: at(20) },
  ]);
  const ms = (nano: bigint): number => Number(nano / 1_000_000n);
  const from = `from=${ms(at(40))}`;
  const { covered } = await seriesOf(`service=nap&${from}`);
  expect(covered).toEqual([
    [ms(at(30)), ms(at(30)) + 20_004],
    [ms(at(10)), ms(at(10)) + 10_000],
  ]);
  // Within the range.
  expect((await seriesOf(`service=nap&from=${ms(at(30)) + 8000}&to=${ms(at(30)) + 9000}`)).covered).toEqual([
    [ms(at(30)) + 8000, ms(at(30)) + 9000],
  ]);
  expect((await seriesOf(`service=nap&version=2&${from}`)).covered).toEqual([
    [ms(at(30)) + 5000, ms(at(30)) + 15_000],
  ]);
  const guest = await seriesOf(`service=guest&stepMs=60000&${from}`);
  const step = guest.series[0]?.points[0]?.[0] ?? 0;
  expect(guest.covered).toEqual([[step, step + 60_000]]);
  expect((await seriesOf(`service=nobody&${from}`)).covered).toEqual([]);
});

test("heaps are bytes", async () => {
  const heap = await seriesOf("type=heap_inuse&groupBy=service");
  expect(heap.unit).toBe("bytes");
  expect(heap.series.map(({ key, points }) => [key, points[0]?.[1]])).toEqual([[{ service: "web" }, 4096]]);
});

test("lines beyond the limit are left out, and that is said", async () => {
  const one = await seriesOf("groupBy=service&limit=1");
  expect(one.truncated).toBe(true);
  expect(one.series).toHaveLength(1);
});

test("deploys: when a version was first sampled, by service and environment", async () => {
  const minute = 60_000_000_000n;
  const runs = [
    ["d", "prod", "1.0.0", 40n],
    ["e", "prod", "1.1.0", 20n],
    ["f", "prod", "1.1.0", 19n],
    ["0", "staging", "1.1.0", 30n],
    // It comes back: nothing new.
    ["1", "prod", "1.0.0", 10n],
  ] as const;
  const at = (minutes: bigint): bigint => story.t0 - minutes * minute;
  await insertInstances(
    store.writer,
    runs.map(([id, environment, version, ago]) => ({
      service: "shop",
      instance: id.repeat(32),
      seen: at(ago),
      version,
      environment,
    })),
  );
  await insertWindows(
    store.writer,
    runs.flatMap(([id, , version, ago]) =>
      [0, 1].map((seq) => ({
        service: "shop",
        instance: id.repeat(32),
        seq,
        start: at(ago) + BigInt(seq) * 10_000_000_000n,
        columns: { ServiceVersion: version },
      })),
    ),
  );
  const deploys = async (query: string): Promise<Deploys> => {
    const { status, body } = await api.get(`/api/v1/deploys?service=shop&${query}`);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(violations("deploys", body)).toEqual([]);
    return body as Deploys;
  };
  const from = `from=${at(45n) / 1_000_000n}`;
  const first = { service: "shop", environment: "prod", version: "1.0.0", previousVersion: null };
  const second = { service: "shop", environment: "prod", version: "1.1.0", previousVersion: "1.0.0" };
  const staged = { service: "shop", environment: "staging", version: "1.1.0", previousVersion: null };
  expect((await deploys(from)).deploys).toEqual([
    { ...first, unixNano: String(at(40n)), instances: 2 },
    { ...staged, unixNano: String(at(30n)), instances: 1 },
    { ...second, unixNano: String(at(20n)), instances: 2 },
  ]);
  expect((await deploys(`${from}&environment=prod`)).deploys).toHaveLength(2);
  expect((await deploys(`from=${at(25n) / 1_000_000n}`)).deploys).toMatchObject([second]);
  const page = await deploys(`${from}&limit=2`);
  expect(page.deploys).toHaveLength(2);
  expect((await deploys(`limit=2&cursor=${page.nextCursor}`)).deploys).toMatchObject([second]);
  expect((await api.get("/api/v1/deploys?service=web")).body).toEqual({ deploys: [] });
});

test.each([
  ["stepMs=1000&from=0", "range_too_large", "from"],
  ["stepMs=1000", "bad_parameter", "stepMs"],
  ["stepMs=10", "bad_parameter", "stepMs"],
  ["groupBy=color", "bad_parameter", "groupBy"],
  ["groupBy=zone&groupBy=zone", "bad_parameter", "groupBy"],
])("%s is refused", async (query, code, field) => {
  const { status, body } = await api.get(`/api/v1/profiles/series?${query}`);
  expect(status).toBe(400);
  expect(body.code).toBe(code);
  expect(body.field.split(".")[0]).toContain(field);
});
