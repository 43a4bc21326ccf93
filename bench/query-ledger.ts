// Ledgers and root causes over HTTP, beside a point read of one window.
//   node --conditions=hotspan-source bench/query-ledger.ts [ticks = 1000000]
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startQueryApi } from "@hotspan/query-api";
import { testStore } from "@hotspan/store/testing";

// An hour of threads that serve one request a second, each working 30–90 % of its time: some 400 ticks in ten seconds.
const TICKS_PER_WINDOW = 400;
const WINDOWS = 360;
const instances = Math.max(1, Math.ceil(Number(process.argv[2] ?? 1_000_000) / TICKS_PER_WINDOW / WINDOWS));
const requests = instances * WINDOWS * 10;
const startMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
const stacks = 2_000;

await using db = await testStore({ maxMemoryBytes: 2 * 1024 ** 3 });
const run = (query: string): Promise<unknown> =>
  db.writer.command({ query, clickhouse_settings: { max_execution_time: 600 } });
const instance = (i: string): string =>
  `leftPad(lower(hex(sipHash128(toUInt64(${i} + 1000000000)))), 32, '0')`;
const trace = (r: string): string => `leftPad(lower(hex(sipHash128(toUInt64(${r})))), 32, '0')`;
const span = (r: string, k: string): string =>
  `leftPad(lower(hex(sipHash64(toUInt64(${r}), toUInt64(${k})))), 16, '0')`;
/** ms a request takes: one in ten is slow. */
const duration = (r: string): string =>
  `(250 + sipHash64(toUInt64(${r})) % 200 + if(sipHash64(toUInt64(${r}), 7) % 10 = 0, 400, 0))`;
// Request r runs on thread r % instances, in second intDiv(r, instances); ticks are 10.101 ms apart.

const since = performance.now();
await run(
  `INSERT INTO profile_windows (Instance, Thread, Start, End, Seq, Part, Parts, ProfileId, ServiceName, ServiceVersion,
     StartMonotonicNano, EndMonotonicNano, StartUnixNano, EndUnixNano, PeriodNano, ExpectedTicks, TakenTicks, QuietLoop, HasJournal,
     Mode, ContextPath, TickDelta, TickState, TickCpu, TickLabel, TickStack,
     LabelTraceId, LabelSpanId, LabelLocalRootId, LabelEndpoint, LabelSampled, LabelUser, StackHashes,
     JournalThresholdMicros, TurnDelta, TurnBusy, TurnLabel, ResumeDelta, ResumeLabel)
   WITH intDiv(number, ${WINDOWS}) AS i, number % ${WINDOWS} AS w, ${startMs} + w * 10000 AS ms,
     arrayMap(k -> toUInt64((w * 10 + k) * ${instances} + i), range(10)) AS reqs,
     arrayMap(r -> toUInt32(${duration("r")}), reqs) AS durs,
     -- A wake tick at the start of each second, then one tick a period while the request runs.
     arraySort(arrayConcat(arrayMap(k -> (k * 1000000 + 1, 4, k), range(10)),
       arrayFilter(t -> t.1 < t.3 * 1000000 + durs[t.3 + 1] * 1000,
         arrayMap(n -> (toUInt32(n * 10101 + 5000), 1, intDiv(n * 10101 + 5000, 1000000)), range(989))))) AS ticks
   SELECT ${instance("i")}, 0, fromUnixTimestamp64Milli(ms), fromUnixTimestamp64Milli(ms + 10000), w, 1, 1, '', 'shop', '1.0.0',
     ms * 1000000, (ms + 10000) * 1000000, ms * 1000000, (ms + 10000) * 1000000, 10101010, 990, length(ticks), 1, 1, 'continuous', 'frame',
     arrayMap(d -> toUInt32(d), arrayDifference(arrayMap(t -> toInt64(t.1), ticks))), arrayMap(t -> t.2, ticks),
     arrayMap(t -> if(t.2 = 1, 10050, 3000), ticks), arrayMap(t -> if(t.2 = 1, t.3 + 1, 0), ticks),
     arrayMap((t, n) -> if(t.2 = 1, 1 + sipHash64(number, n) % 60, 0), ticks, arrayEnumerate(ticks)),
     arrayMap(r -> ${trace("r")}, reqs), arrayMap(r -> ${span("r", "0")}, reqs), arrayMap(r -> ${span("r", "0")}, reqs),
     arrayMap(r -> 'GET /cart', reqs), arrayMap(r -> true, reqs), arrayMap(r -> map(), reqs),
     arrayMap(s -> sipHash64(toUInt32(sipHash64(s, i % 7) % ${stacks})), range(60)),
     1000, arrayMap(k -> if(k = 0, 0, 1000000), range(10)), arrayMap(d -> toUInt32(d * 1000), durs), range(1, 11), [], []
   FROM numbers(${instances * WINDOWS}) SETTINGS max_block_size = 500`,
);
await run(
  `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode)
   WITH intDiv(number, 4) AS r, number % 4 AS k, ${duration("r")} AS d, ${startMs} + intDiv(r, ${instances}) * 1000 AS ms
   SELECT fromUnixTimestamp64Milli(ms + k * 40), ${trace("r")}, ${span("r", "k")}, if(k = 0, '', ${span("r", "0")}),
     ['GET /cart', 'SELECT carts', 'GET', 'render'][k + 1], ['Server', 'Client', 'Client', 'Internal'][k + 1], 'shop',
     map('service.version', '1.0.0', 'host.name', concat('h', toString(r % ${instances})), 'process.pid', '1'),
     mapConcat(map('hotspan.instance', ${instance(`r % ${instances}`)}, 'thread.id', '0'),
       [map('http.route', '/cart', 'http.request.method', 'GET', 'cart.items', toString(r % 50)), map('db.system.name', 'postgresql'),
        map('http.request.method', 'GET', 'url.full', 'http://pricing/quote'), map()][k + 1]),
     if(k = 0, d + 10, 30) * 1000000, 'Unset'
   FROM numbers(${requests * 4})`,
);
await run(
  `INSERT INTO profile_stacks (ServiceName, StackHash, Functions, Files, Lines, Columns, Packages, Kinds, LastSeen)
   WITH arrayMap(d -> sipHash64(bitShiftRight(number, least(d, 12)), d) % 1500, range(30)) AS ids
   SELECT 'shop', sipHash64(toUInt32(number)), arrayMap(i -> concat('function', toString(i)), ids),
     arrayMap(i -> concat('src/file', toString(i % 300), '.js'), ids), arrayMap(i -> toUInt32(1 + i % 900), ids), arrayMap(i -> toUInt32(1), ids),
     arrayMap(i -> concat('package', toString(i % 100)), ids), arrayMap(i -> 'app', ids), fromUnixTimestamp64Milli(${startMs})
   FROM numbers(${stacks})`,
);
for (const table of ["profile_windows", "profile_stacks", "otel_traces"])
  await run(`OPTIMIZE TABLE ${table} FINAL`);
const [size] = await db.rows<{ ticks: string; spans: string }>(
  `SELECT (SELECT sum(length(TickDelta)) FROM profile_windows) AS ticks, (SELECT count() FROM otel_traces) AS spans`,
);
console.log(
  `${size?.ticks} ticks and ${size?.spans} spans written in ${((performance.now() - since) / 1000).toFixed(1)} s`,
);

const ids = await db.rows<{ trace: string; root: string; instance: string }>(
  `SELECT ${trace("t")} AS trace, ${span("t", "0")} AS root, ${instance(`t % ${instances}`)} AS instance
   FROM (SELECT toUInt64(number * 7919 % ${requests}) AS t FROM numbers(300))`,
);
const api = await startQueryApi({
  port: 0,
  logLevel: "silent",
  clickhouse: { url: db.store.httpUrl, database: db.store.database, ...db.store.reader },
});

const ask = async (path: string, body?: unknown): Promise<Record<string, unknown>> => {
  const response = await fetch(
    `${api.url}/api/v1${path}`,
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  );
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer;
};
const at = (n: number): (typeof ids)[number] => ids[n % ids.length] as (typeof ids)[number];
const rowsOf = async (path: string): Promise<number> => ((await ask(path))["rows"] as unknown[]).length;
const range = { from: startMs, to: startMs + 3_600_000 };
const subject = { service: "shop", endpoint: "GET /cart", ...range };

interface Case {
  readonly name: string;
  readonly runs: number;
  readonly once: (run: number) => Promise<number>;
}
const cases: readonly Case[] = [
  {
    name: "peer: the windows of one thread around one instant, as a floor",
    runs: 100,
    once: async (n) => {
      const result = await db.reader.query({
        query: `SELECT TickDelta, TickState, TickCpu, TickLabel, TickStack FROM profile_windows WHERE Instance = '${at(n).instance}' AND Thread = 0
          AND Start >= fromUnixTimestamp64Milli(${startMs + n * 1000}) AND Start < fromUnixTimestamp64Milli(${startMs + n * 1000 + 12_000})`,
        format: "JSONCompactEachRow",
      });
      return (await result.json()).length;
    },
  },
  {
    name: "ledger of a span",
    runs: 200,
    once: (n) => rowsOf(`/traces/${at(n).trace}/spans/${at(n).root}/ledger`),
  },
  { name: "ledger of a trace", runs: 200, once: (n) => rowsOf(`/traces/${at(n).trace}/ledger`) },
  {
    name: "timeline around a span",
    runs: 100,
    once: async (n) =>
      ((await ask(`/traces/${at(n).trace}/spans/${at(n).root}/timeline`))["turns"] as unknown[]).length,
  },
  {
    name: "50 traces with their ledgers",
    runs: 15,
    once: async (n) =>
      (
        (await ask(`/traces?service=shop&ledger=true&from=${range.from}&to=${range.to - n}`))[
          "traces"
        ] as unknown[]
      ).length,
  },
  {
    name: "root cause, 2 x 200 spans of an hour",
    runs: 20,
    once: async (n) => {
      const { slow, baseline } = (await ask("/root-cause", { ...subject, seed: n + 1 })) as unknown as {
        slow: { spans: number };
        baseline: { spans: number };
      };
      return slow.spans + baseline.spans;
    },
  },
];

const results: { name: string; found: number; p50Ms: number; p95Ms: number }[] = [];
try {
  for (const { name, runs, once } of cases) {
    const times: number[] = [];
    let found = 0;
    for (let n = -3; n < runs; n++) {
      const began = performance.now();
      found = await once(n + 3);
      if (n >= 0) times.push(performance.now() - began);
      if (found === 0) throw new Error(`${name} found nothing`);
    }
    times.sort((a, b) => a - b);
    const share = (part: number): number =>
      Number((times[Math.min(times.length - 1, Math.floor(times.length * part))] as number).toFixed(1));
    results.push({ name, found, p50Ms: share(0.5), p95Ms: share(0.95) });
  }
} finally {
  await api.close();
}
console.table(results);
const folder = new URL("./results/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL("query-ledger.json", folder),
  `${JSON.stringify({ date: new Date().toISOString(), node: process.version, cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, ticks: Number(size?.ticks), spans: Number(size?.spans), results }, undefined, 2)}\n`,
);
