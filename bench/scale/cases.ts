// What is asked, and how fast it must be.
import type { TestStore } from "@hotspan/store/testing";

export interface Question {
  readonly path: string;
  readonly body?: unknown;
}

export interface Case {
  readonly name: string;
  /** p50, ms. */
  readonly limitMs: number | undefined;
  readonly questions: readonly Question[];
  /** That an answer is one. */
  readonly check: (answer: Readonly<Record<string, unknown>>) => boolean;
}

const HOUR_MS = 3_600_000;
const SERVICE = "shop";
const ENDPOINTS = ["GET /cart", "GET /search", "POST /checkout"];

interface SpanKey {
  readonly trace: string;
  readonly span: string;
}

/** Spread over the day and its instances; never one that another case asks for. */
function draw(db: TestStore, seed: number, limit: number): Promise<readonly SpanKey[]> {
  return db.rows<SpanKey>(
    `SELECT TraceId AS trace, SpanId AS span FROM otel_traces WHERE ServiceName = '${SERVICE}' AND SpanKind = 'Server'
       AND cityHash64(TraceId) % 8 = ${seed} ORDER BY sipHash64(SpanId) LIMIT ${limit}`,
  );
}

const hasRows = (answer: Readonly<Record<string, unknown>>): boolean =>
  answer["state"] === "ready" && (answer["rows"] as unknown[]).length > 0;

export async function cases(db: TestStore, startMs: number): Promise<Case[]> {
  const drawn = await Promise.all([300, 150, 150, 100].map((limit, seed) => draw(db, seed, limit)));
  const [ledgers = [], traces = [], profiles = [], around = []] = drawn;
  // Hours with the most requests, and all of the day.
  const busy = await db.rows<{ hour: string }>(
    `SELECT intDiv(toUnixTimestamp(Timestamp) * 1000 - ${startMs}, ${HOUR_MS}) AS hour FROM otel_traces
     WHERE ServiceName = '${SERVICE}' AND SpanKind = 'Server' GROUP BY hour ORDER BY count() DESC, hour LIMIT 4`,
  );
  const ranges = busy.map(({ hour }) => {
    const from = startMs + Number(hour) * HOUR_MS;
    return { from, to: from + HOUR_MS };
  });
  const day = { from: startMs, to: startMs + 24 * HOUR_MS };
  const deployed = await db.rows<{ version: string }>(
    `SELECT ServiceVersion AS version FROM profile_windows WHERE ServiceName = '${SERVICE}' AND Start >= fromUnixTimestamp64Milli(${startMs})
     GROUP BY version ORDER BY min(Start), version LIMIT 4`,
  );
  // ms: half of an endpoint's requests, and all but a twentieth, took less.
  const slow = await Promise.all(
    ENDPOINTS.map(async (endpoint) => {
      const [row] = await db.rows<{ middle: number; high: number }>(
        `SELECT quantile(0.5)(Duration) / 1e6 AS middle, quantile(0.95)(Duration) / 1e6 AS high FROM otel_traces
         WHERE ServiceName = '${SERVICE}' AND SpanKind = 'Server' AND HotspanEndpoint = '${endpoint}' AND Timestamp >= fromUnixTimestamp64Milli(${startMs})`,
      );
      return row;
    }),
  );
  const versions = deployed.map(({ version }) => version);
  const params = (of: Readonly<Record<string, string | number>>): string =>
    new URLSearchParams(
      Object.entries(of).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
  return [
    {
      name: "ledger of a span",
      limitMs: 30,
      questions: ledgers.map(({ trace, span }) => ({ path: `/traces/${trace}/spans/${span}/ledger` })),
      check: hasRows,
    },
    {
      name: "ledger of a trace",
      limitMs: undefined,
      questions: traces.map(({ trace }) => ({ path: `/traces/${trace}/ledger` })),
      check: hasRows,
    },
    {
      name: "timeline around a span",
      limitMs: undefined,
      questions: around.map(({ trace, span }) => ({ path: `/traces/${trace}/spans/${span}/timeline` })),
      check: (answer) => (answer["turns"] as unknown[]).length > 0,
    },
    {
      name: "root cause, 2 x 200 spans of an hour",
      limitMs: 1000,
      questions: ranges.flatMap((range) =>
        ENDPOINTS.map((endpoint, i) => ({
          path: "/root-cause",
          body: { service: SERVICE, endpoint, seed: i + 1, ...range },
        })),
      ),
      check: twoHundred,
    },
    {
      name: "root cause, 2 x 200 spans of the day",
      limitMs: 1000,
      questions: ENDPOINTS.flatMap((endpoint) =>
        [7, 8].map((seed) => ({ path: "/root-cause", body: { service: SERVICE, endpoint, seed, ...day } })),
      ),
      check: twoHundred,
    },
    {
      name: "profile of a span",
      limitMs: 15,
      questions: profiles.map(({ trace, span }) => ({ path: `/traces/${trace}/spans/${span}/profile` })),
      check: (answer) => answer["state"] === "ready",
    },
    {
      name: "profile of a trace, with frames",
      limitMs: 60,
      questions: profiles.map(({ trace }) => ({ path: `/traces/${trace}/profile` })),
      check: (answer) => answer["state"] === "ready",
    },
    {
      name: "50 traces of ten minutes with their ledgers",
      limitMs: undefined,
      questions: ranges.map(({ from }) => ({
        path: `/traces?${params({ service: SERVICE, ledger: "true", from, to: from + 600_000 })}`,
      })),
      check: (answer) => (answer["traces"] as unknown[]).length === 50,
    },
    {
      name: "flame graph of the service, one hour",
      limitMs: 120,
      questions: ranges.map((range) => ({ path: `/profiles?${params({ service: SERVICE, ...range })}` })),
      check: (answer) => Number(answer["samples"]) > 0,
    },
    {
      name: "flame graph of the service, the day",
      limitMs: 250,
      questions: [0, 1, 2, 3].map((n) => ({
        path: `/profiles?${params({ service: SERVICE, from: day.from, to: day.to - n })}`,
      })),
      check: (answer) => Number(answer["samples"]) > 0,
    },
    {
      name: "compare of two endpoints over the day",
      limitMs: 400,
      questions: ENDPOINTS.map((endpoint, i) =>
        compareOf(day, { endpoint }, { endpoint: ENDPOINTS[(i + 1) % 3] }),
      ),
      check: (answer) => (answer["functions"] as unknown[]).length > 0,
    },
    {
      name: "compare of slow requests with fast ones over the day",
      limitMs: 400,
      questions: ENDPOINTS.map((endpoint, i) =>
        compareOf(day, { endpoint, minMs: slow[i]?.high }, { endpoint, maxMs: slow[i]?.middle }),
      ),
      check: (answer) => (answer["functions"] as unknown[]).length > 0,
    },
    {
      name: "compare of two deploys over the day",
      limitMs: 400,
      questions: versions.slice(1).map((version, i) => compareOf(day, { version: versions[i] }, { version })),
      check: (answer) => (answer["functions"] as unknown[]).length > 0,
    },
  ];
}

function compareOf(
  range: { readonly from: number; readonly to: number },
  base: Readonly<Record<string, string | number | undefined>>,
  other: Readonly<Record<string, string | number | undefined>>,
): Question {
  const side = { service: SERVICE, ...range };
  return { path: "/compare", body: { base: { ...side, ...base }, other: { ...side, ...other } } };
}

function twoHundred(answer: Readonly<Record<string, unknown>>): boolean {
  const { slow, baseline } = answer as { slow: { spans: number }; baseline: { spans: number } };
  return slow.spans + baseline.spans > 300;
}
