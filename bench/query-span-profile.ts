// "Profile for this span" over HTTP: the whole way of a request, from the socket to the tree, beside a point read of the store.
//   node --conditions=hotspan-source bench/query-span-profile.ts [samples = 1000000]
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startQueryApi } from "@hotspan/query-api";
import { testStore } from "@hotspan/store/testing";

const samples = Number(process.argv[2] ?? 1_000_000);
const perTrace = 200;
const spansPerTrace = 20;
const traces = Math.ceil(samples / perTrace);
const stacks = 5_000;
// Ten minutes of one busy service a day ago: settled, and in few buckets, as a point read finds it worst.
const startMs = Math.floor(Date.now() / 600_000) * 600_000 - 86_400_000;
const spreadMs = 3_600_000;

await using db = await testStore({ maxMemoryBytes: 2 * 1024 ** 3 });
const run = (query: string): Promise<unknown> =>
  db.writer.command({ query, clickhouse_settings: { max_execution_time: 600 } });
const trace = (n: string): string => `leftPad(lower(hex(sipHash128(${n}))), 32, '0')`;
const span = (t: string, k: string): string =>
  `leftPad(lower(hex(sipHash64(${t}, toUInt64(${k})))), 16, '0')`;
const startOf = (t: string): string => `${startMs} + intDiv(${t} * ${spreadMs}, ${traces})`;
const instance = (t: string): string => trace(`toUInt64(${t} % 20 + 1000000000)`);

const since = performance.now();
await run(
  `INSERT INTO profile_samples
     (ServiceName, ProfileType, Bucket, Endpoint, TraceId, SpanId, Timestamp, StackHash, Instance, Thread, State, Value, CpuNano)
   WITH intDiv(number, ${perTrace}) AS t, ${startOf("t")} + (number % ${perTrace}) * 10 AS ms
   SELECT 'shop', 'wall', toDateTime(intDiv(ms, 600000) * 600), concat('GET /', toString(t % 20)), ${trace("t")},
     ${span("t", `intDiv(number % ${perTrace}, ${perTrace / spansPerTrace})`)}, fromUnixTimestamp64Milli(ms),
     sipHash64(toUInt32(sipHash64(number) % ${stacks})), ${instance("t")}, 0, 'js', 10101010, sipHash64(number, 2) % 10101010
   FROM numbers(${traces * perTrace})`,
);
await run(
  `INSERT INTO profile_traces SELECT TraceId, ServiceName, ProfileType, Bucket, Endpoint, Instance, Thread, min(Timestamp), max(Timestamp)
   FROM profile_samples GROUP BY ALL`,
);
// A root and its children, each half of the way below the one before.
await run(
  `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, SpanAttributes, Duration, StatusCode)
   WITH intDiv(number, ${spansPerTrace}) AS t, number % ${spansPerTrace} AS k
   SELECT fromUnixTimestamp64Milli(${startOf("t")} + k * ${(perTrace / spansPerTrace) * 10}), ${trace("t")}, ${span("t", "k")},
     if(k = 0, '', ${span("t", "intDiv(k - 1, 2)")}), if(k = 0, concat('GET /', toString(t % 20)), 'step'), if(k = 0, 'Server', 'Internal'),
     'shop', map('hotspan.instance', ${instance("t")}, 'thread.id', '0'), if(k = 0, ${perTrace * 10}, ${(perTrace / spansPerTrace) * 10}) * 1000000, 'Unset'
   FROM numbers(${traces * spansPerTrace})`,
);
await run(
  `INSERT INTO profile_windows (Instance, Thread, Start, End, Seq, Part, Parts, ServiceName, PeriodNano, ExpectedTicks, TakenTicks, Mode)
   WITH intDiv(number, ${spreadMs / 10_000 + 2}) AS i, number % ${spreadMs / 10_000 + 2} AS seq, ${startMs} + seq * 10000 AS ms
   SELECT ${instance("i")}, 0, fromUnixTimestamp64Milli(ms), fromUnixTimestamp64Milli(ms + 10000), seq, 1, 1, 'shop', 10101010, 990, 990, 'continuous'
   FROM numbers(${20 * (spreadMs / 10_000 + 2)})`,
);
await run(
  `INSERT INTO profile_stacks (ServiceName, StackHash, Functions, Files, Lines, Columns, Packages, Kinds, LastSeen)
   WITH arrayMap(d -> sipHash64(bitShiftRight(number, least(d, 12)), d) % 3000, range(30)) AS ids
   SELECT 'shop', sipHash64(toUInt32(number)), arrayMap(i -> concat('function', toString(i)), ids),
     arrayMap(i -> concat('src/file', toString(i % 300), '.js'), ids), arrayMap(i -> toUInt32(1 + i % 900), ids), arrayMap(i -> toUInt32(1), ids),
     arrayMap(i -> concat('package', toString(i % 100)), ids), arrayMap(i -> 'app', ids), fromUnixTimestamp64Milli(${startMs})
   FROM numbers(${stacks})`,
);
for (const table of ["profile_samples", "profile_traces", "profile_stacks", "otel_traces"])
  await run(`OPTIMIZE TABLE ${table} FINAL`);
console.log(
  `${traces * perTrace} samples of ${traces} traces written in ${((performance.now() - since) / 1000).toFixed(1)} s`,
);

const ids = await db.rows<{ trace: string; root: string; child: string; n: string }>(
  `SELECT toString(t) AS n, ${trace("t")} AS trace, ${span("t", "0")} AS root, ${span("t", "7")} AS child
   FROM (SELECT toUInt64(number * 7919 % ${traces}) AS t FROM numbers(400))`,
);
const api = await startQueryApi({
  port: 0,
  logLevel: "silent",
  clickhouse: { url: db.store.httpUrl, database: db.store.database, ...db.store.reader },
});

interface Case {
  readonly name: string;
  readonly runs: number;
  readonly once: (run: number) => Promise<number>;
}
const get = async (path: string): Promise<number> => {
  const response = await fetch(`${api.url}/api/v1${path}`);
  const body = (await response.json()) as {
    state?: string;
    profile?: { samples: number };
    spans?: unknown[];
    samples?: number;
  };
  if (response.status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`);
  return body.profile?.samples ?? body.spans?.length ?? body.samples ?? 0;
};
const at = (n: number): (typeof ids)[number] => ids[n % ids.length] as (typeof ids)[number];
const cases: readonly Case[] = [
  {
    name: "peer: one indexed read of the store, as a floor",
    runs: 150,
    once: async (n) => {
      const result = await db.reader.query({
        query: `SELECT * FROM profile_traces WHERE TraceId = '${at(n).trace}'`,
        format: "JSONCompactEachRow",
      });
      return (await result.json()).length;
    },
  },
  {
    name: "profile of a span, self",
    runs: 300,
    once: (n) => get(`/traces/${at(n).trace}/spans/${at(n).child}/profile`),
  },
  {
    name: "profile of a span, subtree",
    runs: 300,
    once: (n) => get(`/traces/${at(n).trace}/spans/${at(n).root}/profile?scope=subtree`),
  },
  { name: "trace with the states of its spans", runs: 150, once: (n) => get(`/traces/${at(n).trace}`) },
  {
    name: "search, 50 slowest traces of the hour",
    runs: 15,
    once: async (n) => {
      await get(`/traces?service=shop&sort=duration&from=${startMs}&to=${startMs + spreadMs - n}`);
      return 50;
    },
  },
  {
    name: "flame graph of the service, one hour",
    runs: 15,
    once: (n) => get(`/profiles?service=shop&from=${startMs}&to=${startMs + spreadMs + n}`),
  },
];

const results: { name: string; samples: number; p50Ms: number; p95Ms: number }[] = [];
try {
  for (const { name, runs, once } of cases) {
    const times: number[] = [];
    let found = 0;
    for (let n = -5; n < runs; n++) {
      const began = performance.now();
      found = await once(n + 5);
      if (n >= 0) times.push(performance.now() - began);
      if (found === 0) throw new Error(`${name} found nothing`);
    }
    times.sort((a, b) => a - b);
    const share = (part: number): number =>
      Number((times[Math.min(times.length - 1, Math.floor(times.length * part))] as number).toFixed(1));
    results.push({ name, samples: found, p50Ms: share(0.5), p95Ms: share(0.95) });
  }
} finally {
  await api.close();
}
console.table(results);
const folder = new URL("./results/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL("query.json", folder),
  `${JSON.stringify({ date: new Date().toISOString(), node: process.version, cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, samples: traces * perTrace, results }, undefined, 2)}\n`,
);
