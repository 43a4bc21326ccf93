import { type Evidence, judge, laneIndex, suspects } from "../trace/evidence.ts";
import { isKept } from "./samples.ts";
import { settledNano } from "./settled.ts";
import type { SpanCore } from "./spans.ts";
import { sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";
import { shardDatabase } from "@hotspan/store";
import { FAR_NANO, NEAR_NANO, readInstances, readWindows } from "./windows.ts";

const DAY_NANO = 86_400e9;
const DEFAULT_RETENTION_NANO = 7 * DAY_NANO;
const RETENTION_TTL_MS = 60_000;

/** How long samples are kept, from the table's own TTL: a setting elsewhere could disagree with it. */
export class Retention {
  #nano = DEFAULT_RETENTION_NANO;
  #readAt = -Infinity;

  async read(store: Store, caller: Caller): Promise<number> {
    if (performance.now() - this.#readAt < RETENTION_TTL_MS) return this.#nano;
    // Of a cluster's tables those with the rows say it.
    const [row] = await store.rows<[string]>(
      caller,
      sql`SELECT create_table_query FROM system.tables
        WHERE database IN (currentDatabase(), concat(currentDatabase(), ${shardDatabase("")})) AND name = 'profile_samples'
        ORDER BY engine = 'Distributed' LIMIT 1`,
    );
    this.#readAt = performance.now();
    this.#nano = retentionOf(row?.[0] ?? "") ?? (row === undefined ? DEFAULT_RETENTION_NANO : Infinity);
    return this.#nano;
  }
}

const unitNano = {
  Second: 1e9,
  Minute: 60e9,
  Hour: 3600e9,
  Day: DAY_NANO,
  Week: 7 * DAY_NANO,
  Month: 30 * DAY_NANO,
};

/** ns from `… TTL Bucket + toIntervalDay(7) …`; undefined: no TTL. */
export function retentionOf(createTable: string): number | undefined {
  const match = /\bTTL\s[^,]*?\+\s*toInterval(Second|Minute|Hour|Day|Week|Month)\((\d+)\)/.exec(createTable);
  if (match === null) return undefined;
  return Number(match[2]) * unitNano[match[1] as keyof typeof unitNano];
}

/**
 * Everything needed to judge the states of these spans.
 * @param traceId where they are all of one trace: its samples may be kept longer than others
 */
export async function readEvidence(
  store: Store,
  caller: Caller,
  retention: Retention,
  spans: readonly SpanCore[],
  now: number,
  traceId?: string,
): Promise<Evidence> {
  let from = spans[0]?.startUnixNano ?? 0n;
  let to = from;
  for (const span of spans) {
    if (span.startUnixNano < from) from = span.startUnixNano;
    const end = span.startUnixNano + BigInt(span.durationNano);
    if (end > to) to = end;
  }
  // Agents are looked up for spans that do not name their process themselves.
  const services = new Set(spans.filter((span) => span.instance === undefined).map((span) => span.service));
  const [agents, retentionNano] = await Promise.all([
    readInstances(store, caller, [...services], from),
    retention
      .read(store, caller)
      .then(async (nano) =>
        traceId !== undefined && Number(from) < now * 1e6 - nano && (await isKept(store, caller, traceId))
          ? Infinity
          : nano,
      ),
  ]);
  const named = spans.filter((span) => suspects(span, agents).instances.length > 0);
  const instances = [...new Set(named.flatMap((span) => suspects(span, agents).instances))];
  const read = async (around: bigint): Promise<Evidence> => ({
    agents,
    lanes: await readWindows(store, caller, instances, from, to, around, settledNano(now)),
    retentionNano,
    nowNano: now * 1e6,
  });
  const near = await read(NEAR_NANO);
  const lanes = laneIndex(near);
  // Only where something is missing does it matter what came long before and after.
  return named.every((span) => judge(span, near, lanes).coverage.kind === "full") ? near : read(FAR_NANO);
}
