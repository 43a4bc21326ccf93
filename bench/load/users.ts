// What people do with Hotspan, as requests: a page asks for several things at once, then it is looked at for a while.
import type { TestStore } from "@hotspan/store/testing";

export interface Ask {
  /** As in the contract: figures are by endpoint. */
  readonly endpoint: string;
  readonly path: string;
  readonly body?: unknown;
}

/** All that a page asks for at once. */
type Page = readonly Ask[];

const HOUR_MS = 3_600_000;
const SERVICE = "shop";
const ENDPOINTS = ["GET /cart", "GET /search", "POST /checkout"];

interface SpanKey {
  readonly trace: string;
  readonly span: string;
}

/** A source of chance that a seed determines: each run does the same. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Visits of the store's day: each is what one person does before something else is looked at. */
export async function visits(
  db: TestStore,
  startMs: number,
): Promise<(random: () => number) => readonly Page[]> {
  const spans = await db.rows<SpanKey>(
    `SELECT TraceId AS trace, SpanId AS span FROM otel_traces WHERE ServiceName = '${SERVICE}' AND SpanKind = 'Server'
       ORDER BY sipHash64(SpanId) LIMIT 2000`,
  );
  const query = (of: Readonly<Record<string, string | number>>): string =>
    new URLSearchParams(
      Object.entries(of).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
  return (random) => {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const hours = random() < 0.8 ? 1 : 24;
    const from = startMs + (hours === 24 ? 0 : Math.floor(random() * 23) * HOUR_MS);
    const range = { from, to: from + hours * HOUR_MS };
    const { trace, span } = pick(spans);
    const endpoint = pick(ENDPOINTS);
    const of = `/traces/${trace}/spans/${span}`;
    const search: Page = [
      { endpoint: "GET /services", path: `/services?${query(range)}` },
      { endpoint: "GET /latency-heatmap", path: `/latency-heatmap?${query({ service: SERVICE, ...range })}` },
      { endpoint: "GET /deploys", path: `/deploys?${query({ service: SERVICE, ...range })}` },
      { endpoint: "GET /traces", path: `/traces?${query({ service: SERVICE, sort: "duration", ...range })}` },
    ];
    const ledgers: Page = [
      {
        endpoint: "GET /traces, with ledgers",
        path: `/traces?${query({ service: SERVICE, ledger: "true", limit: 10, from, to: from + 600_000 })}`,
      },
    ];
    const traceView: Page = [
      { endpoint: "GET /traces/{id}", path: `/traces/${trace}` },
      { endpoint: "GET /traces/{id}/ledger", path: `/traces/${trace}/ledger` },
    ];
    const spanView: Page = [
      { endpoint: "GET /traces/{id}", path: `/traces/${trace}` },
      { endpoint: "GET …/spans/{id}/profile", path: `${of}/profile` },
      { endpoint: "GET …/spans/{id}/ledger", path: `${of}/ledger` },
      { endpoint: "GET …/spans/{id}/timeline", path: `${of}/timeline` },
      { endpoint: "GET …/spans/{id}/delayed", path: `${of}/delayed` },
    ];
    const filtered: Page = [
      { endpoint: "GET …/spans/{id}/profile", path: `${of}/profile?hide=node_modules` },
    ];
    const profiles: Page = [
      { endpoint: `GET /profiles, ${hours} h`, path: `/profiles?${query({ service: SERVICE, ...range })}` },
      {
        endpoint: `GET /profiles/series, ${hours} h`,
        path: `/profiles/series?${query({ service: SERVICE, groupBy: "version", ...range })}`,
      },
      {
        endpoint: `GET /profiles/top, ${hours} h`,
        path: `/profiles/top?${query({ service: SERVICE, ...range })}`,
      },
    ];
    const compare: Page = [
      {
        endpoint: "POST /compare",
        path: "/compare",
        body: {
          base: { service: SERVICE, endpoint, from, to: from + HOUR_MS / 2 },
          other: { service: SERVICE, endpoint, from: from + HOUR_MS / 2, to: from + HOUR_MS },
        },
      },
    ];
    const cause: Page = [
      { endpoint: "POST /root-cause", path: "/root-cause", body: { service: SERVICE, endpoint, ...range } },
    ];
    const statement: Page = [
      { endpoint: "GET /schema", path: "/schema" },
      {
        endpoint: "POST /sql",
        path: "/sql",
        body: {
          query: `SELECT Endpoint, sum(CpuNano) / 1e9 AS cpu_s FROM profile_samples WHERE ServiceName = '${SERVICE}' AND ProfileType = 'wall'
            AND Bucket >= fromUnixTimestamp64Milli({from:Int64}) AND Bucket < fromUnixTimestamp64Milli({to:Int64}) GROUP BY 1 ORDER BY 2 DESC`,
          params: range,
        },
      },
    ];
    const fleet: Page = [{ endpoint: "GET /fleet", path: `/fleet?${query({ from, to: from + HOUR_MS })}` }];
    // Most look for a slow request; some for what a service costs, or why an endpoint is slow; a few ask in SQL.
    const roll = random();
    if (roll < 0.55) return [search, ledgers, traceView, spanView, ...(random() < 0.4 ? [filtered] : [])];
    if (roll < 0.7) return [search, cause, spanView];
    if (roll < 0.85) return [profiles, ...(random() < 0.5 ? [compare] : [])];
    if (roll < 0.95) return [statement];
    return [fleet];
  };
}
