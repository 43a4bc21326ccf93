import { sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** SQL literals to put in for a view's parameters. */
export type Sample = Readonly<Record<string, string>>;

const HOUR_SECONDS = 3600;
const BUCKET_SECONDS = 600;

/** What stands where the store has nothing yet: such a statement runs, and finds nothing. */
const nothing: Sample = {
  trace_id: `'${"0".repeat(32)}'`,
  span_id: `'${"0".repeat(16)}'`,
  service: "'checkout'",
  from: "now() - INTERVAL 1 HOUR",
  to: "now()",
};

/** A span that was sampled lately, so that every example has an answer. */
export async function readSample(store: Store, caller: Caller, nowMs: number): Promise<Sample> {
  const [row] = await store.rows<[string, string, string, number | string]>(
    caller,
    sql`SELECT ServiceName, TraceId, SpanId, toUnixTimestamp(Bucket) FROM profile_samples
      WHERE ProfileType = 'wall' AND Bucket >= (SELECT max(Bucket) - ${HOUR_SECONDS} FROM profile_samples) AND SpanId != '' LIMIT 1`,
  );
  if (row === undefined) return nothing;
  const [service, traceId, spanId, bucket] = row;
  const from = Number(bucket);
  const recent = from >= nowMs / 1000 - HOUR_SECONDS;
  const literal = (seconds: number): string =>
    `'${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")}'`;
  return {
    trace_id: sql`${traceId}`.text,
    span_id: sql`${spanId}`.text,
    service: sql`${service}`.text,
    from: recent ? "now() - INTERVAL 1 HOUR" : literal(from),
    to: recent ? "now()" : literal(from + BUCKET_SECONDS),
  };
}

/** A statement that runs as it stands. */
export function example(
  name: string,
  params: readonly { readonly name: string; readonly type: string }[],
  sample: Sample,
): string {
  const value = (param: { readonly name: string; readonly type: string }): string =>
    sample[param.name] ??
    (/DateTime/.test(param.type)
      ? "now() - INTERVAL 1 HOUR"
      : /Int|Float|Decimal/.test(param.type)
        ? "10"
        : "''");
  const list = params.map((param) => `${param.name} = ${value(param)}`).join(", ");
  return `SELECT * FROM ${name}${params.length === 0 ? "" : `(${list})`} LIMIT 10`;
}
