import type { ClickHouseClient } from "@clickhouse/client";
import { quoteIdentifier } from "@hotspan/store";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "./job.ts";
import { hasLabel, type Step, steps } from "./steps.ts";

const LOOK_MS = 250;
/** A count may read a column of a whole table. */
const COUNT_SECONDS = 3600;

export interface SweepEvents {
  /** A step begins, or still runs; what ClickHouse says of a mutation that fails and is tried again. */
  readonly working: (table: string, failure?: string) => Promise<void>;
  readonly removed: (table: string, rows: number) => Promise<void>;
}

/**
 * One pass of a job over all tables: mutations, for a deleted row must be gone from the disk and not only hidden. Throws what
 * ClickHouse throws; to be begun again then.
 *
 * @param before Unix ms; only what happened before, undefined: everything that is stored
 */
export async function sweep(
  client: ClickHouseClient,
  job: Pick<Job, "id" | "target">,
  before: number | undefined,
  events: SweepEvents,
  signal: AbortSignal,
): Promise<void> {
  const days = job.target.kind === "label" ? await daysWithLabel(client, job.id, signal) : [];
  for (const step of steps(job, days, before)) {
    signal.throwIfAborted();
    await events.working(step.table);
    if (step.table === "profile_samples_slow") await copied(client, signal);
    const rows = await count(client, step, signal);
    if (rows === 0) continue;
    // Counted on, however often a pass is begun again: the mutation of the one before may still be under way.
    await settle(client, job.id, step.table, events, signal);
    await mutate(client, job.id, step);
    await settle(client, job.id, step.table, events, signal);
    await events.removed(step.table, rows);
  }
}

/** Resolves when no copy of slow samples runs that may have read what was deleted since. */
async function copied(client: ClickHouseClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const result = await client.query({
      query: `SELECT toString(count()) AS running FROM system.processes WHERE startsWith(query_id, 'hotspan-slow-')`,
      format: "JSONEachRow",
    });
    const [row] = await result.json<{ running: string }>();
    if (row?.running === "0") return;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function daysWithLabel(
  client: ClickHouseClient,
  id: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const result = await client.query({
    query: `SELECT DISTINCT toString(toDate(Start)) AS day FROM profile_windows WHERE ${hasLabel(id)} ORDER BY day`,
    format: "JSONEachRow",
    abort_signal: signal,
    clickhouse_settings: { max_execution_time: COUNT_SECONDS },
  });
  return (await result.json<{ day: string }>()).map(({ day }) => day);
}

async function count(client: ClickHouseClient, step: Step, signal: AbortSignal): Promise<number> {
  const result = await client.query({
    query: `SELECT toString(count()) AS rows FROM ${quoteIdentifier(step.table)} WHERE ${step.where}`,
    query_params: step.params,
    format: "JSONEachRow",
    abort_signal: signal,
    clickhouse_settings: { max_execution_time: COUNT_SECONDS },
  });
  const [row] = await result.json<{ rows: string }>();
  return Number(row?.rows ?? 0);
}

async function mutate(
  client: ClickHouseClient,
  id: string,
  { table, where, update, params }: Step,
): Promise<void> {
  const set = Object.entries(update ?? {}).map(([column, value]) => `\`${column}\` = ${value}`);
  const action = update === undefined ? "DELETE" : `UPDATE ${set.join(", ")}`;
  await client.command({
    // What is named is known again among the mutations of the table.
    query: `ALTER TABLE ${quoteIdentifier(table)} ${action} WHERE (${where}) AND '${mark(id)}' != ''`,
    query_params: params,
    clickhouse_settings: {
      mutations_sync: "0",
      // Which rows depends on another table; on one server that is the same for every part.
      allow_nondeterministic_mutations: 1,
    },
  });
}

/** Resolves when no mutation of the job runs on the table. */
async function settle(
  client: ClickHouseClient,
  id: string,
  table: string,
  events: SweepEvents,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const result = await client.query({
      query: `SELECT latest_fail_reason AS failure FROM system.mutations
        WHERE database = currentDatabase() AND table = {table:String} AND NOT is_done AND NOT is_killed AND position(command, {mark:String}) > 0`,
      query_params: { table, mark: mark(id) },
      format: "JSONEachRow",
    });
    const running = await result.json<{ failure: string }>();
    if (running.length === 0) return;
    await events.working(table, running.find(({ failure }) => failure !== "")?.failure);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

function mark(id: string): string {
  return `hotspan deletion ${id}`;
}
