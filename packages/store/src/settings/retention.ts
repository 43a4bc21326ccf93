import type { ClickHouseClient } from "@clickhouse/client";
import { StoreError } from "../errors.ts";
import { quoteIdentifier } from "../identifier.ts";
import { command } from "../migrate/command.ts";

/** What is kept equally long. `column` is what its age goes by, `days` what the migrations say. */
export const tiers = {
  samples: { days: 7, tables: { profile_samples: "Bucket", profile_traces: "Bucket" } },
  slow: { days: 30, tables: { profile_samples_slow: "Bucket" } },
  windows: {
    days: 30,
    tables: { profile_windows: "toDateTime(Start)", profile_events: "toDateTime(Timestamp)" },
  },
  stacks: { days: 45, tables: { profile_stacks: "LastSeen", profile_instances: "LastSeen" } },
  spans: {
    days: 30,
    tables: { otel_traces: "toDateTime(Timestamp)", otel_traces_trace_id_ts: "Start" },
  },
} as const;

export type Tier = keyof typeof tiers;
const names = Object.keys(tiers) as Tier[];

/** Days per tier; what is absent stays as it stands. */
export type Retention = Partial<Readonly<Record<Tier, number>>>;

/** Samples of slow traces are copied 26 h after the end of their day. */
const leastDays = 2;
const longestDays = 3650;

const variable = (tier: Tier): string => `HOTSPAN_RETENTION_${tier.toUpperCase()}_DAYS`;

/** `HOTSPAN_RETENTION_…_DAYS`. Throws HOTSPAN_STORE_BAD_SETTING. */
export function retentionFromEnv(env: NodeJS.ProcessEnv): Retention {
  const known = new Set(names.map(variable));
  const unknown = Object.keys(env).find((name) => name.startsWith("HOTSPAN_RETENTION_") && !known.has(name));
  if (unknown !== undefined) throw bad(`${unknown} is none of ${[...known].join(", ")}.`);
  const found: { -readonly [K in Tier]?: number } = {};
  for (const tier of names) {
    const text = env[variable(tier)] ?? "";
    if (text === "") continue;
    const days = Number(text);
    if (!/^\d+$/.test(text) || days < leastDays || days > longestDays)
      throw bad(`${variable(tier)}=${text} is not a number of days from ${leastDays} to ${longestDays}.`);
    found[tier] = days;
  }
  return found;
}

/** Who refers to whom: [longer, shorter, days it must be longer by, why]. */
const rules: readonly (readonly [Tier, Tier, number, string])[] = [
  // LastSeen is true to within a day.
  ["stacks", "samples", 1, "samples without their stacks have no function names"],
  ["stacks", "slow", 1, "samples without their stacks have no function names"],
  ["stacks", "windows", 1, "windows without their stacks have no function names"],
  ["slow", "samples", 0, "they are the samples that are kept longer"],
  ["windows", "samples", 0, "a span's state and ledger come from windows"],
  ["spans", "samples", 0, "samples are found by their spans"],
  ["spans", "slow", 0, "samples are found by their spans"],
];

/** @throws HOTSPAN_STORE_BAD_SETTING when something would be dropped before what refers to it */
export function checkRetention(days: Readonly<Record<Tier, number>>, spansAreOurs: boolean): void {
  for (const [longer, shorter, by, why] of rules) {
    if (longer === "spans" && !spansAreOurs) continue;
    if (days[longer] >= days[shorter] + by) continue;
    throw bad(
      `${variable(longer)} (${days[longer]}) must be at least ${days[shorter] + by}, ` +
        `as ${variable(shorter)} is ${days[shorter]}: ${why}.`,
    );
  }
}

function bad(message: string): StoreError {
  return new StoreError("HOTSPAN_STORE_BAD_SETTING", message);
}

/** Days after which each of our tables drops its rows, Infinity: never. A table with a TTL that no tier has is left out. */
async function standingDays(
  client: ClickHouseClient,
  database: string,
): Promise<ReadonlyMap<string, number>> {
  const result = await client.query({
    query: `SELECT name, create_table_query AS text FROM system.tables WHERE database = {database:String} AND name IN {tables:Array(String)}`,
    query_params: { database, tables: names.flatMap((tier) => Object.keys(tiers[tier].tables)) },
    format: "JSONEachRow",
  });
  const days = new Map<string, number>();
  for (const { name, text } of await result.json<{ name: string; text: string }>()) {
    const ttl = /\bTTL\s+[^,]*?\+\s*toInterval(\w+)\((\d+)\)/.exec(text);
    if (ttl === null) days.set(name, Infinity);
    else if (ttl[1] === "Day") days.set(name, Number(ttl[2]));
  }
  return days;
}

export interface RetentionChange {
  readonly table: string;
  readonly days: number;
}

/**
 * Sets how long the tables keep their rows, where that is not what stands already. From several processes at once the last one
 * wins, so give all of them the same. Existing parts learn of it in the background.
 * @param spansAreOurs whether spans are read from our own table: else theirs is not ours to set
 * @throws HOTSPAN_STORE_BAD_SETTING before anything is changed
 */
export async function applyRetention(
  client: ClickHouseClient,
  database: string,
  wanted: Retention,
  spansAreOurs: boolean,
): Promise<readonly RetentionChange[]> {
  if (!names.some((tier) => wanted[tier] !== undefined)) return [];
  if (!spansAreOurs && wanted.spans !== undefined)
    throw bad(
      `${variable("spans")} is set, and so is HOTSPAN_TRACES_TABLE: how long that table keeps spans is set where it is made.`,
    );
  const standing = await standingDays(client, database);
  const whole = Object.fromEntries(
    names.map((tier) => {
      const found = Object.keys(tiers[tier].tables).map((table) => standing.get(table) ?? tiers[tier].days);
      return [tier, wanted[tier] ?? Math.min(...found)];
    }),
  ) as Record<Tier, number>;
  checkRetention(whole, spansAreOurs);
  const changes: RetentionChange[] = [];
  for (const tier of names) {
    const days = wanted[tier];
    if (days === undefined) continue;
    for (const [table, column] of Object.entries(tiers[tier].tables)) {
      if (standing.get(table) === days) continue;
      await command(
        client,
        `ALTER TABLE ${quoteIdentifier(database)}.${quoteIdentifier(table)} MODIFY TTL ${column} + INTERVAL ${days} DAY
          SETTINGS mutations_sync = 0, alter_sync = 0`,
      );
      changes.push({ table, days });
    }
  }
  return changes;
}
