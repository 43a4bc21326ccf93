// How long the queries behind a span's profile, a trace and a flame graph take on the embedded store.
//   node --conditions=hotspan-source bench/store-query.ts [samples = 10000000]
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { createStoreClient } from "@hotspan/store";
import { testStore } from "@hotspan/store/testing";

const samples = Number(process.argv[2] ?? 10_000_000);
const perTrace = 20;
const traces = Math.floor(samples / perTrace);
const services = 10;
const stacksPerService = 20_000;
const dayMs = 86_400_000;
// Within what the tables keep, and the same distance from midnight in every run.
const startMs = Math.floor(Date.now() / dayMs) * dayMs - 2 * dayMs;

await using db = await testStore({ maxMemoryBytes: 4 * 1024 ** 3 });
const loader = createStoreClient({
  url: db.store.httpUrl,
  ...db.store.writer,
  database: db.store.database,
  requestTimeoutMs: 600_000,
});
// A benchmark that waits for merges would measure them; one that does not, measures parts. So: merged, then warm.
const settings = { max_execution_time: 600, max_insert_threads: "1" } as const;
const trace = (n: string): string => `lower(hex(sipHash128(${n})))`;
// Half of the traces belong to service 0: the large one that queries have to cope with.
const service = (t: string): string => `if(${t} % 10 < 5, 0, ${t} % 10)`;
const startOf = (t: string): string => `${startMs} + intDiv(${t} * ${dayMs}, ${traces})`;

async function write(what: string, query: string): Promise<number> {
  const since = performance.now();
  await loader.command({ query, clickhouse_settings: settings });
  const seconds = (performance.now() - since) / 1000;
  console.log(`${what}: ${seconds.toFixed(1)} s`);
  return seconds;
}

// Stacks are skewed: of 20,000 in a service, the hottest tenth takes nearly half of the ticks.
const insertSeconds = await write(
  `insert ${samples} samples`,
  `INSERT INTO profile_samples
     (ServiceName, ProfileType, Bucket, Endpoint, TraceId, SpanId, Timestamp, StackHash, Instance, Thread, State, Value, CpuNano)
   WITH intDiv(number, ${perTrace}) AS t, ${service("t")} AS s, ${startOf("t")} + (number % ${perTrace}) * 10 AS ms,
     floor(pow(sipHash64(number, 1) / 18446744073709551616, 3) * ${stacksPerService}) AS stack
   SELECT concat('service-', toString(s)), 'wall', toDateTime(intDiv(ms, 600000) * 600), concat('GET /', toString(sipHash64(t) % 20)),
     ${trace("t")}, lower(hex(sipHash64(t, intDiv(number % ${perTrace}, 5)))), fromUnixTimestamp64Milli(ms),
     sipHash64(toUInt8(s), toUInt32(stack)), ${trace("s * 100 + t % 20")}, 0, 'js',
     10101010, sipHash64(number, 2) % 10101010
   FROM numbers(${traces * perTrace})`,
);
await write(
  "index the traces",
  `INSERT INTO profile_traces
   SELECT TraceId, ServiceName, ProfileType, Bucket, Endpoint, Instance, Thread, min(Timestamp), max(Timestamp)
   FROM profile_samples GROUP BY ALL SETTINGS max_bytes_before_external_group_by = 1000000000`,
);
await write(
  "insert the stacks",
  `INSERT INTO profile_stacks (ServiceName, StackHash, Functions, Files, Lines, Columns, Packages, Kinds, LastSeen)
   WITH intDiv(number, ${stacksPerService}) AS s, number % ${stacksPerService} AS stack,
     arrayMap(d -> sipHash64(s, bitShiftRight(stack, least(d, 14)), d) % 5000, range(30)) AS ids
   SELECT concat('service-', toString(s)), sipHash64(toUInt8(s), toUInt32(stack)), arrayMap(i -> concat('function', toString(i)), ids),
     arrayMap(i -> concat('/app/src/file', toString(i % 500), '.js'), ids), arrayMap(i -> toUInt32(i % 900), ids),
     arrayMap(i -> toUInt32(i % 80), ids), arrayMap(i -> concat('package', toString(i % 200)), ids), arrayMap(i -> 'app', ids),
     fromUnixTimestamp64Milli(${startMs})
   FROM numbers(${services * stacksPerService})`,
);
for (const table of ["profile_samples", "profile_traces", "profile_stacks"]) {
  await write(`merge ${table}`, `OPTIMIZE TABLE ${table} FINAL`);
}
await loader.close();
const [size] = await db.rows<{ bytes: string }>(
  "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = 'profile_samples'",
);

interface Case {
  readonly name: string;
  readonly runs: number;
  readonly query: (run: number) => string;
}

const hot = "service-0";
const range = (hours: number): string =>
  `Bucket >= fromUnixTimestamp64Milli(${startMs + 12 * 3_600_000}) - INTERVAL ${hours * 30} MINUTE
   AND Bucket < fromUnixTimestamp64Milli(${startMs + 12 * 3_600_000}) + INTERVAL ${hours * 30} MINUTE`;
// Another trace each time, all of the large service, and a span in its middle.
const ids = await db.rows<{ trace: string; span: string }>(
  `SELECT ${trace("t")} AS trace, lower(hex(sipHash64(t, 1::UInt8))) AS span
   FROM (SELECT toUInt64(intDiv(number * 7919 % ${traces}, 10) * 10) AS t FROM numbers(128))`,
);
const traceOf = (run: number): string => `trace_id = '${ids[run % ids.length]?.trace}'`;
const spanOf = (run: number): string => `span_id = '${ids[run % ids.length]?.span}'`;
const stackSums = (hours: number): string =>
  `SELECT StackHash, sum(Value) AS wall FROM profile_samples
   WHERE ServiceName = '${hot}' AND ProfileType = 'wall' AND ${range(hours)} GROUP BY StackHash`;
const frames = (sums: string): string =>
  `WITH sums AS (${sums}) SELECT StackHash, wall, functions FROM sums INNER JOIN (
     SELECT StackHash, any(Functions) AS functions FROM profile_stacks
     WHERE ServiceName = '${hot}' AND StackHash IN (SELECT StackHash FROM sums) GROUP BY StackHash) AS stacks USING (StackHash)`;

const cases: readonly Case[] = [
  {
    name: "one span, view span_profile",
    runs: 100,
    query: (run) => `SELECT * FROM span_profile(${traceOf(run)}, ${spanOf(run)})`,
  },
  {
    name: "whole trace, view trace_profile",
    runs: 100,
    query: (run) => `SELECT * FROM trace_profile(${traceOf(run)})`,
  },
  {
    name: "where a trace lies, profile_traces",
    runs: 100,
    query: (run) => `SELECT * FROM profile_traces WHERE TraceId = '${ids[run % ids.length]?.trace}'`,
  },
  { name: "flame graph of a service, 1 h, sums per stack", runs: 30, query: () => stackSums(1) },
  { name: "flame graph of a service, 24 h, sums per stack", runs: 20, query: () => stackSums(24) },
  { name: "flame graph of a service, 1 h, with frames", runs: 20, query: () => frames(stackSums(1)) },
  { name: "flame graph of a service, 24 h, with frames", runs: 10, query: () => frames(stackSums(24)) },
];

const results: { name: string; rows: number; p50Ms: number; p95Ms: number }[] = [];
for (const { name, runs, query } of cases) {
  const times: number[] = [];
  let rows = 0;
  for (let run = -3; run < runs; run++) {
    const since = performance.now();
    // As the query API reads: by the read-only user, over HTTP, parsed.
    const result = await db.reader.query({ query: query(run + 3), format: "JSONCompactEachRow" });
    rows = (await result.json()).length;
    if (run >= 0) times.push(performance.now() - since);
  }
  if (rows === 0) throw new Error(`${name} found nothing`);
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((times[Math.min(times.length - 1, Math.floor(times.length * share))] as number).toFixed(1));
  results.push({ name, rows, p50Ms: at(0.5), p95Ms: at(0.95) });
}
console.table(results);

const report = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  // Above the number of cores other programs were running, and the times are too long.
  loadAverage1m: Number((loadavg()[0] ?? 0).toFixed(1)),
  samples: traces * perTrace,
  bytesPerSample: Number((Number(size?.bytes ?? 0) / (traces * perTrace)).toFixed(2)),
  insertedPerSecond: Math.round((traces * perTrace) / insertSeconds),
  results,
};
const folder = new URL("./results/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("store-query.json", folder), `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`${report.bytesPerSample} bytes per sample on disk`);
