// Samples of slow traces outlive the others: which are copied, and that copying them again or at once changes nothing.
import { createStoreClient } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pino } from "pino";
import { eventually } from "./support/world.ts";
import { keepSlowSamples } from "../src/slow-samples/keep.ts";
import { copySlowDay, daysToCopy } from "../src/slow-samples/copy-day.ts";

const dayMs = 86_400_000;
const today = Math.floor(Date.now() / dayMs) * dayMs;
const start = today - 3 * dayMs;
const day = new Date(start).toISOString().slice(0, 10);
const spans = "otel_traces";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
  // 300 requests of one operation and 2000 of another, the later the longer; one before and one after midnight each.
  for (const [name, count] of [
    ["GET /few", 300],
    ["GET /many", 2000],
  ] as const) {
    const trace = `lower(hex(sipHash128('${name}', number)))`;
    const at = `fromUnixTimestamp64Milli(toInt64(${start} + number * 40), 'UTC')`;
    await command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration)
      SELECT ${at}, ${trace}, 'root', '${name}', 'Server', 'web', number * 1000000 FROM numbers(${count})`);
    // A child that takes longer than any root makes no trace slow.
    await command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration)
      SELECT ${at}, ${trace}, 'child', 'root', 'query', 'Client', 'web', 99000000000 FROM numbers(5)`);
    // Three ticks each: two of its own service, one of another.
    await command(`INSERT INTO profile_samples (ServiceName, ProfileType, Bucket, Endpoint, TraceId, SpanId, Timestamp, StackHash, Instance, State, Value, CpuNano)
      SELECT if(tick = 2, 'db', 'web'), 'wall', toStartOfTenMinutes(time), '${name}', ${trace}, 'root', time, tick, 'i', 'js', 10, 7
      FROM (SELECT number, arrayJoin([0, 1, 2]) AS tick, ${at} + toIntervalMillisecond(tick * 10) AS time FROM numbers(${count}))`);
  }
  // A span that ended before it began has a duration without bounds.
  await command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration)
    VALUES (fromUnixTimestamp64Milli(toInt64(${start}), 'UTC'), lower(hex(sipHash128('GET /few', 0::UInt64))), 'root', 'GET /few', 'Server', 'web', 18446744073709551615)`);
  // It began on the day and was still sampled after it; and of the day after, whole as well.
  const late = `('late', 'root', 'web', 'wall', 'GET /late', toDateTime64(${(start + dayMs) / 1000}`;
  await command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration)
    VALUES (fromUnixTimestamp64Milli(toInt64(${start + dayMs - 1000}), 'UTC'), 'late', 'root', 'GET /late', 'Server', 'web', 2000000000)`);
  await command(`INSERT INTO profile_samples (TraceId, SpanId, ServiceName, ProfileType, Endpoint, Timestamp, Bucket, Instance, State, Value)
    VALUES ${late} - 0.5, 6, 'UTC'), toDateTime(${(start + dayMs) / 1000 - 600}, 'UTC'), 'i', 'js', 1),
    ${late} + 0.5, 6, 'UTC'), toDateTime(${(start + dayMs) / 1000}, 'UTC'), 'i', 'js', 1)`);
  // Yesterday is not whole before two in the morning of tomorrow.
  await command(`INSERT INTO profile_samples (TraceId, ServiceName, ProfileType, Timestamp, Bucket, State)
    VALUES ('t', 'web', 'wall', toDateTime64(${(today - dayMs) / 1000}, 6, 'UTC'), toDateTime(${(today - dayMs) / 1000}, 'UTC'), 'js')`);
});
afterAll(() => db.close());

const command = (query: string): Promise<unknown> => db.writer.command({ query });

const kept = (): Promise<readonly unknown[]> =>
  db.rows(
    `SELECT Endpoint, uniqExact(TraceId) AS traces, sum(Samples) AS samples, sum(Value) AS value, sum(CpuNano) AS cpu, uniqExact(ServiceName) AS services
     FROM profile_samples_slow FINAL GROUP BY Endpoint ORDER BY Endpoint`,
  );

const expected = [
  // A hundredth would be three.
  { Endpoint: "GET /few", traces: "10", samples: "30", value: "300", cpu: "210", services: "2" },
  { Endpoint: "GET /late", traces: "1", samples: "2", value: "2", cpu: "0", services: "1" },
  { Endpoint: "GET /many", traces: "20", samples: "60", value: "600", cpu: "420", services: "2" },
];

test("a day is due once it is whole, and has samples", async () => {
  const next = new Date(start + dayMs).toISOString().slice(0, 10);
  expect(await daysToCopy(db.writer, start + dayMs + 25 * 3_600_000)).toEqual([]);
  expect(await daysToCopy(db.writer, start + dayMs + 27 * 3_600_000)).toEqual([day]);
  expect(await daysToCopy(db.writer, today + 60_000)).toEqual([day]);
  expect(await daysToCopy(db.writer, today + 3 * 3_600_000)).toEqual([day, next]);
});

test("the slowest of each operation are copied with all samples of their traces", async () => {
  const copied = await copySlowDay(db.writer, { day, spans, owner: "one" });
  expect(copied).toEqual({ traces: 31, samples: 91 });
  expect(await kept()).toEqual(expected);
  const slowest = await db.rows<{ number: string }>(
    `SELECT min(number) AS number FROM (SELECT number, lower(hex(sipHash128('GET /many', number))) AS trace FROM numbers(2000))
     WHERE trace IN (SELECT TraceId FROM profile_samples_slow)`,
  );
  expect(slowest).toEqual([{ number: "1980" }]);
  expect(await daysToCopy(db.writer, today + 60_000)).toEqual([]);
});

test("again, and from several correlators at once, it is the same", async () => {
  const clients = Array.from({ length: 4 }, () =>
    createStoreClient({ url: db.store.httpUrl, ...db.store.writer, database: db.store.database }),
  );
  try {
    const results = await Promise.all(
      clients.map((client, i) => copySlowDay(client, { day, spans, owner: String(i) })),
    );
    const done = results.filter((one) => one !== undefined);
    expect(done.length).toBeGreaterThan(0);
    for (const one of done) expect(one).toEqual({ traces: 31, samples: 91 });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
  expect(await kept()).toEqual(expected);
  expect(await db.rows("SELECT Day, Traces, Samples FROM profile_slow_days FINAL")).toEqual([
    { Day: day, Traces: "31", Samples: "91" },
  ]);
});

test("a day that was copied in half is copied whole", async () => {
  await db.alter("TRUNCATE TABLE profile_slow_days");
  await db.alter(
    `ALTER TABLE profile_samples_slow DELETE WHERE Endpoint = 'GET /many' SETTINGS mutations_sync = 2`,
  );
  expect(await daysToCopy(db.writer, today + 60_000)).toEqual([day]);
  await copySlowDay(db.writer, { day, spans, owner: "two" });
  expect(await kept()).toEqual(expected);
});

test("a correlator does so by itself, and ends when it is told to", async () => {
  await db.alter("TRUNCATE TABLE profile_slow_days");
  await db.alter("TRUNCATE TABLE profile_samples_slow");
  const stop = new AbortController();
  const log = pino({ level: "silent" });
  const running = keepSlowSamples({
    client: db.writer,
    spans,
    owner: "three",
    log,
    signal: stop.signal,
    firstMs: 1,
  });
  await eventually("copied", async () => !(await daysToCopy(db.writer, today + 60_000)).includes(day), 120);
  stop.abort();
  await running;
  expect(await kept()).toEqual(expected);
});
