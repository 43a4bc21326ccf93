// What a correlator tells of itself: in ClickHouse, over /metrics and over /readyz.
import { startCorrelator, type Correlator } from "@hotspan/correlator";
import type { ClickHouseClient } from "@clickhouse/client";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Partitions } from "../src/partitions.ts";
import { reportStatus } from "../src/report-status.ts";
import { message, newInstance, post } from "./support/windows.ts";
import { eventually, startWorld, type World } from "./support/world.ts";

let world: World;
let correlator: Correlator;
beforeAll(async () => {
  world = await startWorld();
  correlator = await startCorrelator({
    port: 0,
    clickhouse: world.clickhouse,
    dataDir: `${world.folder}/data`,
    logLevel: "silent",
  });
});
afterAll(async () => {
  await correlator?.close();
  await world?.close();
});

const metric = async (line: string): Promise<number | undefined> => {
  const text = await (await fetch(`${correlator.url}/metrics`)).text();
  const found = text.split("\n").find((one) => one.startsWith(`hotspan_correlator_${line} `));
  return found === undefined ? undefined : Number(found.split(" ").at(-1));
};
const ready = async (): Promise<{ status: number; detail?: string }> => {
  const response = await fetch(`${correlator.url}/readyz`);
  return { ...((await response.json()) as object), status: response.status };
};
const latest = (column: string): Promise<number> =>
  world.count(`SELECT argMax(${column}, At) FROM ingest_status`);

test("while a table takes nothing, lag and its reason are told everywhere; afterwards there is none", async () => {
  const instance = newInstance();
  await eventually("ready", async () => (await ready()).status === 200);
  await eventually(
    "the first report",
    async () => (await world.count("SELECT count() FROM ingest_status")) > 0,
  );
  expect(await latest("LagMessages")).toBe(0);
  await world.client.command({
    query: `RENAME TABLE ${world.local("profile_samples")} TO ${world.local("taken_away")}`,
  });
  for (let seq = 0; seq < 5; seq++)
    expect(await post(correlator.url, (await message({ instance, seq })).value)).toBe(202);
  const labels = `{topic="http/profiles",partition="0"`;
  await eventually(
    "retrying",
    async () => (await metric(`partition_state${labels},state="retrying"}`)) === 1,
  );
  expect(await metric(`partition_state${labels},state="idle"}`)).toBe(0);
  expect(await metric(`lag_records${labels}}`)).toBe(5);
  expect(await metric(`lag_seconds${labels}}`)).toBeGreaterThan(0);
  expect(await metric(`failures_total{step="insert profile_samples"}`)).toBeGreaterThan(0);
  expect(await metric("ready")).toBe(0);
  const { status, detail } = await ready();
  expect(status).toBe(503);
  expect(detail).toMatch(/^delivery of http\/.*: insert profile_samples: .*profile_samples/);
  await eventually("the lag in ClickHouse", async () => (await latest("LagMessages")) === 5);
  expect(await latest("LagMs")).toBeGreaterThan(0);

  await world.client.command({
    query: `RENAME TABLE ${world.local("taken_away")} TO ${world.local("profile_samples")}`,
  });
  await eventually("stored", async () => (await metric(`lag_records${labels}}`)) === 0);
  await eventually("ready again", async () => (await ready()).status === 200);
  expect(await metric(`partition_state${labels},state="idle"}`)).toBe(1);
  expect(await metric(`rows_total{table="profile_windows"}`)).toBe(5);
  expect(await metric(`insert_seconds_count{table="profile_windows"}`)).toBeGreaterThan(0);
  await eventually("no lag in ClickHouse", async () => (await latest("LagMessages")) === 0);
  expect(await latest("LagMs")).toBe(0);
});

test("dead letters are told once, also when the answer to a report is lost", async () => {
  let letters = 3;
  let lost = 0;
  const unreliable = {
    insert: async (params: Parameters<ClickHouseClient["insert"]>[0]) => {
      await world.client.insert(params);
      if (lost++ > 0) return;
      letters = 7;
      throw new Error("the connection broke behind the insert");
    },
  } as unknown as ClickHouseClient;
  const stop = new AbortController();
  const partitions = new Partitions();
  const log = pino({ level: "silent" });
  const reporting = reportStatus(
    {
      client: unreliable,
      owner: "unreliable",
      partitions,
      deadLetters: () => Promise.resolve(letters),
      log,
    },
    stop.signal,
  );
  await eventually("told again", () => Promise.resolve(lost >= 2));
  stop.abort();
  await reporting;
  const sum = "SELECT sum(DeadLetters) FROM ingest_status WHERE Correlator = 'unreliable'";
  expect(await world.count(sum)).toBe(7);
});
