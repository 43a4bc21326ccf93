import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applySettings, settingsFromEnv } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
});
afterAll(() => db.close());

const apply = (env: NodeJS.ProcessEnv): Promise<readonly string[]> => {
  const { database } = db.store;
  return applySettings(db.writer, database, settingsFromEnv(env, database));
};

async function ttl(table: string): Promise<string | undefined> {
  const [row] = await db.rows<{ text: string }>(
    "SELECT create_table_query AS text FROM system.tables WHERE database = currentDatabase() AND name = {table:String}",
    { table },
  );
  return /TTL (.+?) SETTINGS/.exec(row?.text ?? "")?.[1];
}

test("nothing set, nothing changed", async () => {
  expect(await apply({})).toEqual([]);
});

test("several processes set it at once, and once it stands nobody sets it again", async () => {
  const env = { HOTSPAN_RETENTION_SAMPLES_DAYS: "3", HOTSPAN_RETENTION_STACKS_DAYS: "60" };
  await Promise.all([apply(env), apply(env), apply(env), apply(env)]);
  expect(await ttl("profile_samples")).toBe("Bucket + toIntervalDay(3)");
  expect(await ttl("profile_traces")).toBe("Bucket + toIntervalDay(3)");
  expect(await ttl("profile_stacks")).toBe("LastSeen + toIntervalDay(60)");
  expect(await ttl("profile_windows")).toBe("toDateTime(Start) + toIntervalDay(30)");
  expect(await apply(env)).toEqual([]);
  // What is not set any more stays.
  expect(await apply({})).toEqual([]);
  expect(await apply({ HOTSPAN_RETENTION_SAMPLES_DAYS: "4" })).toEqual([
    "profile_samples keeps its rows for 4 days",
    "profile_traces keeps its rows for 4 days",
  ]);
});

test("rows that are there already are kept as long", async () => {
  await db.writer.command({
    query: "INSERT INTO profile_events (Instance, Timestamp) VALUES ('i', now() - INTERVAL 20 DAY)",
  });
  const end = async (): Promise<number> => {
    const [row] = await db.rows<{ days: string }>(
      `SELECT dateDiff('day', max_time, delete_ttl_info_max) AS days FROM system.parts
       WHERE database = currentDatabase() AND table = 'profile_events' AND active`,
    );
    return Number(row?.days);
  };
  await apply({
    HOTSPAN_RETENTION_WINDOWS_DAYS: "100",
    HOTSPAN_RETENTION_STACKS_DAYS: "101",
  });
  let days = await end();
  for (let i = 0; i < 600 && days !== 100; i++) {
    await sleep(100);
    days = await end();
  }
  expect(days).toBe(100);
});

test("what stands counts too, and where it does not fit nothing is changed", async () => {
  await expect(
    apply({ HOTSPAN_RETENTION_SAMPLES_DAYS: "5", HOTSPAN_RETENTION_STACKS_DAYS: "90" }),
  ).rejects.toThrow(
    expect.objectContaining({
      code: "HOTSPAN_STORE_BAD_SETTING",
      message: expect.stringContaining(
        "HOTSPAN_RETENTION_STACKS_DAYS (90) must be at least 101, as HOTSPAN_RETENTION_WINDOWS_DAYS is 100",
      ) as string,
    }),
  );
  expect(await ttl("profile_samples")).toBe("Bucket + toIntervalDay(4)");
});

test("views read spans where HOTSPAN_TRACES_TABLE says, and from our own table again without it", async () => {
  const elsewhere = "hotspan_elsewhere.spans";
  await db.writer.command({ query: "CREATE DATABASE hotspan_elsewhere" });
  // As the exporter makes it: without the columns that are ours.
  await db.writer.command({
    query: `CREATE TABLE ${elsewhere} ENGINE = MergeTree ORDER BY (ServiceName, Timestamp) AS SELECT * FROM otel_traces WHERE 0`,
  });
  await db.writer.insert({
    table: elsewhere,
    format: "JSONEachRow",
    values: [
      {
        Timestamp: new Date(Date.now() - 60_000).toISOString().slice(0, 19).replace("T", " "),
        TraceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        SpanId: "00f067aa0ba902b7",
        SpanName: "GET",
        SpanKind: "Server",
        ServiceName: "cart",
        SpanAttributes: { "http.route": "/cart", "http.request.method": "GET" },
        Duration: 5_000_000,
      },
    ],
  });
  const range = "service = 'cart', from = now() - INTERVAL 1 HOUR, to = now()";
  const rows = async (): Promise<readonly unknown[]> => [
    ...(await db.rows(`SELECT SpanName, DurationNano FROM slow_spans(${range})`)),
    ...(await db.rows(`SELECT Endpoint, Requests FROM cpu_per_1000_requests(${range})`)),
  ];
  expect(await rows()).toEqual([]);
  const env = { HOTSPAN_TRACES_TABLE: elsewhere };
  const changed = await apply(env);
  expect([...changed].sort()).toEqual([
    `cpu_per_1000_requests reads spans from ${elsewhere}`,
    `slow_spans reads spans from ${elsewhere}`,
  ]);
  expect(await rows()).toEqual([
    { SpanName: "GET", DurationNano: "5000000" },
    { Endpoint: "GET /cart", Requests: "1" },
  ]);
  expect(await apply(env)).toEqual([]);
  await expect(apply({ ...env, HOTSPAN_RETENTION_SPANS_DAYS: "90" })).rejects.toThrow(/set where it is made/);
  expect(await apply({})).toHaveLength(2);
  expect(await rows()).toEqual([]);
});

test.each(["otel_traces", "a.b.c", "otel.`x`", "1.2", "otel."])("%s names no table", (name) => {
  expect(() => settingsFromEnv({ HOTSPAN_TRACES_TABLE: name }, "hotspan")).toThrow(
    expect.objectContaining({
      code: "HOTSPAN_STORE_BAD_SETTING",
      message: expect.stringContaining("HOTSPAN_TRACES_TABLE: Not the name of a table") as string,
    }),
  );
});
