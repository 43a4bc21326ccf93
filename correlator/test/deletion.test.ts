import { randomBytes } from "node:crypto";
import { compress, encodeWindow } from "@hotspan/wire";
import { makeWindow } from "@hotspan/wire/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allRows, multiset, type Row, type Tables, tablesWith } from "./support/rows.ts";
import { expectProjectionsAgree } from "./support/projections.ts";
import { newInstance, post } from "./support/windows.ts";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

let world: World;
let child: Child;

beforeAll(async () => {
  world = await startWorld();
  child = await startChild(world);
  await eventually("ready", async () => (await fetch(`${child.url}/readyz`)).status === 200);
});
afterAll(async () => {
  await child?.kill("SIGTERM");
  await world?.close();
});

const id = (bytes: number): string => randomBytes(bytes).toString("hex");

interface Filled {
  readonly services: readonly string[];
  readonly traceIds: readonly string[];
}

/**
 * Three services that share traces, with labels of users, links to each other's traces, and stacks that all of them have.
 * Resolves when all of it is stored.
 */
async function fill(now = Date.now()): Promise<Filled> {
  const services = ["a", "b", "c"].map((name) => `${name}-${id(4)}`);
  const traceIds = Array.from({ length: 12 }, () => id(16));
  let windows = 0;
  for (const [i, service] of services.entries()) {
    const instance = newInstance();
    for (let seq = 0; seq < 3; seq++) {
      const window = makeWindow({
        service,
        instance,
        seq,
        seed: seq + 10 * i + 1,
        stackSeed: 7,
        stacks: 20,
        depth: 5,
        spans: 6,
        seconds: 2,
        // The first of them lies in the day before.
        startMillis: seq === 0 ? now - 23 * 3_600_000 : now - 60_000 + seq * 2000,
      });
      const labels = window.labels.map((label, n) => ({
        ...label,
        // The last third of the traces belongs to the first service alone.
        traceId: traceIds[(n + seq) % (i === 0 ? 12 : 8)] as string,
        user: n % 3 === 0 ? { user: n % 2 === 0 ? "alice" : "bob", tenant: "t1" } : {},
      }));
      expect(await post(child.url, await compress(encodeWindow({ ...window, labels })))).toBe(202);
      windows++;
    }
    const spans = traceIds.slice(0, i === 0 ? 12 : 8).map((traceId, n) => ({
      traceId,
      spanId: id(8),
      name: "GET /cart",
      kind: 2,
      startTimeUnixNano: `${now - 60_000 + n}000000`,
      endTimeUnixNano: `${now - 59_000}000000`,
      attributes: [{ key: "http.route", value: { stringValue: "/cart" } }],
      links: [0, 1, 2].map((step) => ({ traceId: traceIds[(n + step) % 12], spanId: id(8) })),
    }));
    const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
    const response = await fetch(`${child.url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "t" }, spans }] }] }),
    });
    expect(response.status).toBe(200);
  }
  const own = `ServiceName IN (${services.map((name) => `'${name}'`).join(", ")})`;
  await eventually(
    "windows stored",
    async () => (await world.count(`SELECT count() FROM profile_windows WHERE ${own}`)) === windows,
  );
  await eventually(
    "spans stored",
    async () => (await world.count(`SELECT count() FROM otel_traces WHERE ${own}`)) === 28,
  );
  // As a day's copy leaves them.
  await world.client.command({
    query: `INSERT INTO profile_samples_slow (TraceId, SpanId, Timestamp, Instance, Thread, StackHash, ServiceName, ProfileType, Bucket, Endpoint, State, Samples, Value, CpuNano)
      SELECT TraceId, SpanId, Timestamp, Instance, Thread, StackHash, ServiceName, ProfileType, Bucket, Endpoint, State, 1, Value, CpuNano
      FROM profile_samples WHERE ${own} AND TraceId != ''`,
  });
  return { services, traceIds };
}

interface Progress {
  readonly jobId: string;
  readonly state: string;
  readonly kind: string;
  readonly rows: number;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
}

async function ask(body: unknown, url = child.url): Promise<string> {
  const response = await fetch(`${url}/v1/data`, {
    method: "DELETE",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { jobId: string };
  expect([response.status, answer]).toEqual([202, { jobId: expect.any(String) }]);
  const { jobId } = answer;
  expect(response.headers.get("location")).toBe(`/v1/data/jobs/${jobId}`);
  return jobId;
}

async function done(jobId: string, url = child.url): Promise<Progress> {
  let job: Progress | undefined;
  await eventually(
    "job done",
    async () => {
      const response = await fetch(`${url}/v1/data/jobs/${jobId}`).catch(() => undefined);
      if (response?.status !== 200) return false;
      job = (await response.json()) as Progress;
      return job.state === "done";
    },
    120,
  );
  return job as Progress;
}

const text = (row: Row, column: string): string => row[column] as string;
const list = <T = string>(row: Row, column: string): readonly T[] => row[column] as readonly T[];

/** What is left of each table when `keep` says which rows stay, and `change` what becomes of those that do. */
function expected(
  before: Tables,
  keep: (row: Row, table: string) => boolean,
  change = (row: Row): Row => row,
): Tables {
  return Object.fromEntries(
    Object.entries(before).map(([table, rows]) => [
      table,
      rows
        .filter((row) => keep(row, table))
        .map((row) => (table in { profile_windows: 1, otel_traces: 1 } ? change(row) : row)),
    ]),
  );
}

function expectTables(after: Tables, wanted: Tables): void {
  expect(Object.keys(after).toSorted()).toEqual(Object.keys(wanted).toSorted());
  for (const table of Object.keys(wanted))
    expect([table, multiset(after[table] ?? [])]).toEqual([table, multiset(wanted[table] ?? [])]);
}

const blank = (row: Row, which: (i: number) => boolean): Row => ({
  ...row,
  LabelTraceId: list(row, "LabelTraceId").map((one, i) => (which(i) ? "" : one)),
  LabelSpanId: list(row, "LabelSpanId").map((one, i) => (which(i) ? "" : one)),
  LabelLocalRootId: list(row, "LabelLocalRootId").map((one, i) => (which(i) ? "" : one)),
  LabelUser: list<Row>(row, "LabelUser").map((one, i) => (which(i) ? {} : one)),
});

test("of a service nothing is left, and of the others everything", async () => {
  const { services, traceIds } = await fill();
  const [gone = ""] = services;
  const before = await allRows(world);
  const job = await done(await ask({ service: gone }));
  const after = await allRows(world);
  const alone = new Set(traceIds.slice(8));
  expectTables(
    after,
    expected(before, (row, table) =>
      table === "otel_traces_trace_id_ts"
        ? !alone.has(text(row, "TraceId"))
        : text(row, "ServiceName") !== gone,
    ),
  );
  expect(await tablesWith(world, gone)).toEqual(["deletion_jobs", "system.mutations"]);
  await expectProjectionsAgree(world);
  // As many as went, and in every table: nothing here is empty before. Rows that are not merged yet count as those they are.
  const merging = new Set(["profile_instances", "profile_samples_slow", "profile_stacks", "profile_traces"]);
  for (const { table, rows } of job.tables) {
    const went = (before[table]?.length ?? 0) - (after[table]?.length ?? 0);
    expect([table, merging.has(table) ? Math.min(rows, went) : rows]).toEqual([table, went]);
  }
  expect(job.tables.map(({ table }) => table).toSorted()).toEqual(Object.keys(before).toSorted());
  expect(job).toMatchObject({ kind: "service", rows: job.tables.reduce((sum, { rows }) => sum + rows, 0) });
});

test("a service that goes on has its stacks again after its data was deleted", async () => {
  const service = `again-${id(4)}`;
  const instance = newInstance();
  const send = async (seq: number, startMillis: number): Promise<void> => {
    const window = makeWindow({
      service,
      instance,
      seq,
      seconds: 2,
      stackSeed: 3,
      stacks: 10,
      depth: 4,
      startMillis,
    });
    expect(await post(child.url, await compress(encodeWindow(window)))).toBe(202);
    await eventually(
      "stored",
      async () =>
        (await world.count(
          `SELECT count() FROM profile_windows WHERE Instance = '${instance}' AND Seq = ${seq}`,
        )) === 1,
    );
  };
  await send(0, Date.now() - 60_000);
  await done(await ask({ service }));
  expect(await world.count(`SELECT count() FROM profile_stacks WHERE ServiceName = '${service}'`)).toBe(0);
  await eventually("stacks forgotten by the correlator", async () => {
    await send(1 + Math.floor(Math.random() * 1e9), Date.now() - 30_000 + Math.floor(Math.random() * 10_000));
    const lacking =
      await world.count(`SELECT count() FROM profile_samples AS s LEFT ANTI JOIN profile_stacks AS k
      ON s.ServiceName = k.ServiceName AND s.StackHash = k.StackHash WHERE s.ServiceName = '${service}'`);
    return lacking === 0;
  });
});

test("of traces nothing is left in any column, windows stay with those labels empty", async () => {
  const { traceIds } = await fill();
  const gone = [traceIds[0], traceIds[5], traceIds[9]] as string[];
  const is = new Set(gone);
  const before = await allRows(world);
  const job = await done(await ask({ traceIds: [...gone, gone[0], id(16)] }));
  const after = await allRows(world);
  expectTables(
    after,
    expected(
      before,
      (row) => row["TraceId"] === undefined || !is.has(text(row, "TraceId")),
      (row) => {
        if (row["LabelTraceId"] !== undefined)
          return blank(row, (i) => is.has(list(row, "LabelTraceId")[i] ?? ""));
        const stays = list(row, "Links.TraceId").map((one) => !is.has(one));
        const filter = (column: string): readonly unknown[] =>
          list<unknown>(row, column).filter((_, i) => stays[i]);
        return {
          ...row,
          ...Object.fromEntries(
            ["TraceId", "SpanId", "TraceState", "Attributes"].map((name) => [
              `Links.${name}`,
              filter(`Links.${name}`),
            ]),
          ),
        };
      },
    ),
  );
  for (const trace of gone) expect(await tablesWith(world, trace)).toEqual([]);
  await expectProjectionsAgree(world);
  expect(job.kind).toBe("traces");
});

test("of a label the samples go that were taken under it, and windows forget whose they were", async () => {
  await fill();
  const before = await allRows(world);
  await done(await ask({ label: "user:alice" }));
  const after = await allRows(world);
  // Which samples: those of the spans it was set on, and those of the ticks.
  const micros = (time: string): number =>
    Date.parse(`${time.slice(0, 23)}Z`.replace(" ", "T")) * 1000 + Number(time.slice(23));
  const spans = new Set<string>();
  const ticks = new Set<string>();
  const mine = (row: Row): ((i: number) => boolean) => {
    const users = list<Row>(row, "LabelUser");
    return (i) => users[i]?.["user"] === "alice";
  };
  for (const row of before["profile_windows"] ?? []) {
    const is = mine(row);
    list(row, "LabelTraceId").forEach(
      (trace, i) => is(i) && spans.add(`${trace} ${list(row, "LabelSpanId")[i]}`),
    );
    let time = micros(text(row, "Start"));
    list<number>(row, "TickDelta").forEach((delta, i) => {
      time += delta;
      const label = list<number>(row, "TickLabel")[i] ?? 0;
      if (label > 0 && is(label - 1)) ticks.add(`${text(row, "Instance")} ${time}`);
    });
  }
  const goes = (row: Row): boolean =>
    spans.has(`${text(row, "TraceId")} ${text(row, "SpanId")}`) ||
    ticks.has(`${text(row, "Instance")} ${micros(text(row, "Timestamp"))}`);
  const samples = before["profile_samples"] ?? [];
  expect(samples.filter(goes).length).toBeGreaterThan(0);
  expect(samples.filter(goes).length).toBeLessThan(samples.length);
  const wanted = expected(
    before,
    (row, table) => !table.startsWith("profile_samples") || !goes(row),
    (row) => (row["LabelUser"] === undefined ? row : blank(row, mine(row))),
  );
  const place = (row: Row): string =>
    ["TraceId", "Instance", "Bucket", "Endpoint"].map((column) => text(row, column)).join(" ");
  const left = new Set(wanted["profile_samples"]?.map(place));
  const labelled = new Set([...spans].map((span) => span.slice(0, 32)));
  expectTables(after, {
    ...wanted,
    // An index of samples: it goes with the last of them.
    profile_traces: (wanted["profile_traces"] ?? []).filter(
      (row) => !labelled.has(text(row, "TraceId")) || left.has(place(row)),
    ),
  });
  expect(
    await world.count("SELECT count() FROM profile_windows WHERE position(toString(LabelUser), 'alice') > 0"),
  ).toBe(0);
  expect(
    await world.count("SELECT count() FROM profile_windows WHERE position(toString(LabelUser), 'bob') > 0"),
  ).toBeGreaterThan(0);
  expect(await world.count("SELECT count() FROM system.mutations WHERE position(command, 'alice') > 0")).toBe(
    0,
  );
  await expectProjectionsAgree(world);
});

test("a job outlives its correlator: another one takes it over", async () => {
  const { services } = await fill();
  const [gone = ""] = services;
  const other = await startChild(world, { HOTSPAN_DATA: `${world.folder}/killed` });
  const jobId = await ask({ service: gone }, other.url);
  await other.kill("SIGKILL");
  // As if it had said nothing for longer than anybody waits.
  await world.client.command({
    query: `INSERT INTO deletion_jobs SELECT * REPLACE (Version + 1 AS Version, UpdatedAt - INTERVAL 1 MINUTE AS UpdatedAt)
      FROM deletion_jobs FINAL WHERE JobId = '${jobId}'`,
  });
  await done(jobId);
  expect(await world.count(`SELECT count() FROM profile_samples WHERE ServiceName = '${gone}'`)).toBe(0);
  expect(
    await world.count(`SELECT count() FROM profile_samples WHERE ServiceName = '${services[1]}'`),
  ).toBeGreaterThan(0);
});

test("what was received and not stored yet when the job was asked for goes too", async () => {
  const instance = newInstance();
  const service = `late-${id(4)}`;
  // Of a clock that is ahead.
  const window = makeWindow({ service, instance, seconds: 2, startMillis: Date.now() + 60_000 });
  expect(await post(child.url, await compress(encodeWindow(window)))).toBe(202);
  const { tables } = await done(await ask({ service }));
  expect(tables).toContainEqual({ table: "profile_windows", rows: 1 });
  expect(await world.count(`SELECT count() FROM profile_windows WHERE ServiceName = '${service}'`)).toBe(0);
});

test("what cannot be a job is refused with its code", async () => {
  const send = async (body: string | undefined, path = "/v1/data", headers: Record<string, string> = {}) => {
    const response = await fetch(child.url + path, {
      method: "DELETE",
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json()) as { code?: string; detail?: string };
    return [response.status, answer.code, answer.detail];
  };
  for (const body of [
    undefined,
    "{}",
    "[]",
    "nonsense",
    '{"service":""}',
    '{"service":"a","label":"k:v"}',
    '{"traceIds":[]}',
    '{"traceIds":["ABCDEF00000000000000000000000000"]}',
    `{"traceIds":["${"0".repeat(32)}"]}`,
    '{"label":"novalue:"}',
    '{"label":":v"}',
    '{"services":"a"}',
  ])
    expect([body, ...(await send(body))]).toEqual([body, 400, "bad_parameter", expect.any(String)]);
  const many = JSON.stringify({ traceIds: Array.from({ length: 1001 }, () => id(16)) });
  expect(await send(many)).toMatchObject([400, "bad_parameter", expect.any(String)]);
  expect(await send('{"service":"a"}', "/v1/data", { "content-type": "text/plain" })).toMatchObject([
    415,
    "unsupported_media_type",
    expect.any(String),
  ]);
  expect(await send(undefined, "/v1/data?service=a", { origin: child.url })).toMatchObject([
    403,
    "forbidden",
    expect.any(String),
  ]);
  for (const job of [id(16), "x"]) {
    const response = await fetch(`${child.url}/v1/data/jobs/${job}`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, "not_found"]);
  }
});

test("the query says it as well as the body", async () => {
  const response = await fetch(`${child.url}/v1/data?traceIds=${id(16)},${id(16)}`, { method: "DELETE" });
  expect(response.status).toBe(202);
  await done(((await response.json()) as { jobId: string }).jobId);
});

test("while ClickHouse is away nothing is promised", async () => {
  const away = await startChild(world, {
    HOTSPAN_DATA: `${world.folder}/away`,
    HOTSPAN_CLICKHOUSE_URL: "http://127.0.0.1:9",
  });
  const response = await fetch(`${away.url}/v1/data?service=a`, { method: "DELETE" });
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("5");
  expect(await response.json()).toMatchObject({ code: "store_unavailable" });
  await away.kill("SIGTERM");
});
