import { insertRows } from "@hotspan/store";
import { expect } from "vitest";
import { StackMemory, type WindowKey } from "../../src/decode/index.ts";
import { batchEncoder } from "../../src/delivery/encode.ts";
import type { SourceKind, SourceRecord } from "../../src/source/source.ts";
import { rowsOf } from "./rows.ts";
import type { World } from "./world.ts";

/** Tables with a row for each event; the others merge equal rows. */
const tables = ["profile_windows", "profile_samples", "profile_events", "otel_traces"] as const;
/** Where a row came from. A window that was sent twice is stored from either of its records. */
const coordinates: readonly string[] = ["Batch", "Source", "SourceOffset", "ReceivedAt"];
const chunk = 500;

export interface Difference {
  /** Rows that there should be. */
  readonly rows: number;
  readonly lost: number;
  /** More often there than they should be. */
  readonly doubled: number;
}

/**
 * Compares the tables with what the records say, each window once however often it was sent: as multisets of whole rows but for
 * their coordinates, at once, without FINAL and without OPTIMIZE. Also that stacks and trace indexes are there for every row.
 *
 * @param ofThese which rows are meant: a condition on profile tables, and one on spans
 */
export async function compareRows(
  world: World,
  records: Readonly<Partial<Record<SourceKind, readonly SourceRecord[]>>>,
  ofThese: { readonly profiles: string; readonly spans: string },
): Promise<Readonly<Record<string, Difference>>> {
  for (const table of tables)
    await command(world, `CREATE TABLE expected_${table} ENGINE = Memory AS SELECT * FROM ${table} LIMIT 0`);
  try {
    for (const [kind, list] of Object.entries(records)) await write(world, kind as SourceKind, list);
    const found: Record<string, Difference> = {};
    for (const table of tables)
      found[table] = await compare(world, table, table === "otel_traces" ? ofThese.spans : ofThese.profiles);
    for (const [what, query] of Object.entries(dependents(ofThese)))
      found[what] = { rows: 0, lost: await world.count(query), doubled: 0 };
    return found;
  } finally {
    for (const table of tables) await command(world, `DROP TABLE expected_${table}`);
  }
}

async function command(world: World, query: string): Promise<void> {
  await world.client.command({ query });
}

async function write(world: World, kind: SourceKind, records: readonly SourceRecord[]): Promise<void> {
  const encode = batchEncoder(new StackMemory());
  const source = { cluster: "expected", group: "", topicId: "", partition: 0 };
  const seen = new Set<string>();
  const sentBefore = (keys: readonly WindowKey[]): Promise<readonly WindowKey[]> =>
    Promise.resolve(
      keys.filter((key) => {
        const text = `${key.instance}/${key.thread}/${key.startMicros}/${key.part}`;
        const known = seen.has(text);
        seen.add(text);
        return known;
      }),
    );
  for (let at = 0; at < records.length; at += chunk) {
    const { blocks, deadLetters } = await encode(
      0n,
      1,
      source,
      kind,
      records.slice(at, at + chunk),
      sentBefore,
    );
    expect(deadLetters).toEqual([]);
    for (const block of blocks)
      if (tables.some((one) => one === block.table))
        await insertRows(world.client, { ...block, table: `expected_${block.table}` });
  }
}

async function compare(world: World, table: string, condition: string): Promise<Difference> {
  const columns = await rowsOf<{ name: string }>(
    world,
    `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'expected_${table}' ORDER BY position`,
  );
  const cells = columns.filter(({ name }) => !coordinates.includes(name)).map(({ name }) => `\`${name}\``);
  const row = `sipHash128(${cells.join(", ")})`;
  const [found] = await rowsOf<Record<keyof Difference, string>>(
    world,
    `SELECT sum(want) AS rows, sum(greatest(want - have, 0)) AS lost, sum(greatest(have - want, 0)) AS doubled FROM (
       SELECT sum(wanted) AS want, sum(stored) AS have FROM (
         SELECT ${row} AS row, 1 AS wanted, 0 AS stored FROM expected_${table}
         UNION ALL SELECT ${row} AS row, 0 AS wanted, 1 AS stored FROM ${table} WHERE ${condition}
       ) GROUP BY row)`,
  );
  return {
    rows: Number(found?.rows),
    lost: Number(found?.lost),
    doubled: Number(found?.doubled),
  };
}

/** What hangs on rows and is merged: how many are missing. */
function dependents({
  profiles,
  spans,
}: {
  readonly profiles: string;
  readonly spans: string;
}): Record<string, string> {
  return {
    profile_stacks: `SELECT count() FROM (SELECT DISTINCT ServiceName, StackHash FROM profile_samples WHERE ${profiles})
      WHERE (ServiceName, StackHash) GLOBAL NOT IN (SELECT ServiceName, StackHash FROM profile_stacks)`,
    profile_traces: `SELECT uniqExact(TraceId) FROM profile_samples WHERE ${profiles} AND TraceId != ''
      AND (TraceId, Instance) GLOBAL NOT IN (SELECT TraceId, Instance FROM profile_traces)`,
    otel_traces_trace_id_ts: `SELECT uniqExact(TraceId) FROM otel_traces WHERE ${spans}
      AND TraceId GLOBAL NOT IN (SELECT TraceId FROM otel_traces_trace_id_ts)`,
  };
}
