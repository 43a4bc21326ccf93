import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStoreClient, type Credentials, readerLimits } from "@hotspan/store";
import {
  COSTLY_STATEMENTS,
  HOSTILE_STATEMENTS,
  testShards,
  testStore,
  type TestStore,
} from "@hotspan/store/testing";
import { sqlGrants, WITHHELD } from "../src/embedded/sql-grants.ts";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
  writeFileSync(join(db.dataDir, "clickhouse", "inside.csv"), "secret\n");
});
afterAll(() => db.close());

/** Straight to the server's HTTP door, as anyone who has the password might. */
async function ask(
  query: string,
  settings: Record<string, string> = {},
  { user, password }: Credentials = db.store.reader,
): Promise<{ ok: boolean; text: string }> {
  const params = new URLSearchParams({ user, password, database: db.store.database, ...settings });
  const response = await fetch(`${db.store.httpUrl}/?${params}`, { method: "POST", body: query });
  return { ok: response.ok, text: await response.text() };
}

// Denied by rights (497), by read-only mode (164), by a constraint (452), or by the kernel (76 … Permission denied).
const refusal =
  /ACCESS_DENIED|READONLY|SETTING_CONSTRAINT_VIOLATION|QUERY_IS_PROHIBITED|Permission denied|INTO_OUTFILE_NOT_ALLOWED|INVALID_USAGE_OF_INPUT|UNKNOWN_FUNCTION|SUPPORT_IS_DISABLED|DATABASE_ACCESS_DENIED/;

describe("ClickHouse itself refuses the read-only user", () => {
  // In a cluster a table stands for those of all shards, and another rule may come first.
  const expected = (code: number): RegExp =>
    testShards === 1 ? new RegExp(`^Code: ${code}\\. `) : /^Code: \d+\. /;
  describe.each(Object.entries(HOSTILE_STATEMENTS))("%s", (_kind, statements) => {
    test.each(statements)("%i: %s", async (code, query) => {
      const { ok, text } = await ask(query);
      expect(text).toMatch(expected(code));
      expect(ok).toBe(false);
    });
  });

  test.each(COSTLY_STATEMENTS)("at a limit: %j, %s", async (codes, query) => {
    const { ok, text } = await ask(`${query} FORMAT Null`, { max_execution_time: "3" });
    expect(codes).toContain(Number(/^Code: (\d+)\. /.exec(text)?.[1]));
    expect(ok).toBe(false);
  });

  test("what sorting and grouping write to disk is bounded", async () => {
    const { text } = await ask(
      "SELECT getSetting('max_temporary_data_on_disk_size_for_query'), getSetting('max_temporary_data_on_disk_size_for_user')",
    );
    const { maxTemporaryBytes } = readerLimits(1024 ** 3);
    expect(text).toBe(`${maxTemporaryBytes}\t${2 * maxTemporaryBytes}\n`);
  });

  test("its passwords, wherever they lie", async () => {
    expect((await ask(`SELECT file('${join(db.dataDir, "credentials.json")}')`)).text).toMatch(refusal);
    expect((await ask(`SELECT file('../credentials.json')`)).text).toMatch(refusal);
  });

  test("limits raised by URL parameters", async () => {
    for (const settings of [
      { max_execution_time: "0" },
      { readonly: "0" },
      { max_result_rows: "100000000" },
      { allow_ddl: "1" },
    ]) {
      expect((await ask("SELECT 1", settings as Record<string, string>)).text).toMatch(refusal);
    }
  });

  test("limits raised in a subquery: they read back as set, and do not count", async () => {
    const bytes = readerLimits(1024 ** 3).maxMemoryBytes;
    const { text } = await ask(
      `SELECT * FROM (SELECT length(groupArray(number)) FROM numbers(${bytes / 4}) SETTINGS max_memory_usage = 0)`,
    );
    expect(text).toContain("MEMORY_LIMIT_EXCEEDED");
    const endless = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))";
    const timed = await ask(`SELECT * FROM (${endless} SETTINGS max_execution_time = 0)`, {
      max_execution_time: "1",
    });
    expect(timed.text).toContain("TIMEOUT_EXCEEDED");
    expect((await ask("SELECT * FROM (SELECT file('/etc/passwd') SETTINGS readonly = 0)")).text).toMatch(
      refusal,
    );
  });

  test("limits raised by way of an emptier profile", async () => {
    const session = { session_id: "reader-test" };
    await ask("SET profile = 'default'", session);
    for (const query of ["SET readonly = 0", "SET max_memory_usage = 0", "SET max_execution_time = 0"]) {
      expect((await ask(query, session)).text).toMatch(refusal);
    }
    expect((await ask("SELECT getSetting('readonly'), getSetting('max_execution_time')", session)).text).toBe(
      "1\t60\n",
    );
  });

  test("stopping the merges of all tables stops none of ours", async () => {
    await ask("SYSTEM STOP MERGES");
    await db.writer.command({ query: "CREATE TABLE merged (a Int8) ENGINE = MergeTree ORDER BY a" });
    for (const value of [1, 2]) await db.writer.command({ query: `INSERT INTO merged VALUES (${value})` });
    await db.writer.command({ query: "OPTIMIZE TABLE merged FINAL" });
    expect(
      await db.rows("SELECT count() AS parts FROM system.parts WHERE table = 'merged' AND active"),
    ).toEqual([{ parts: "1" }]);
    await db.writer.command({ query: "DROP TABLE merged" });
  });

  test("two statements in one", async () => {
    expect((await ask("SELECT 1; DROP TABLE otel_traces")).ok).toBe(false);
  });
});

test("what is not there cannot be reached: clusters, dictionaries, tables it may not see", async () => {
  for (const query of [
    "SELECT dictGet('a', 'b', 1)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM fileCluster('default', '/etc/passwd', 'LineAsString')",
    "SELECT count() FROM merge('system', '^processes$')",
    "SYSTEM RELOAD CONFIG",
  ]) {
    expect((await ask(query)).ok).toBe(false);
  }
});

const harmless: readonly string[] = [
  "SELECT count() FROM otel_traces",
  "SELECT count() FROM numbers(10)",
  "SHOW TABLES",
  "DESCRIBE TABLE profile_samples",
  "SHOW CREATE TABLE profile_samples",
  "SHOW GRANTS",
  "EXPLAIN SELECT 1",
  "EXPLAIN AST SELECT 1",
  "SELECT 1 SETTINGS max_execution_time = 5, max_result_rows = 10, result_overflow_mode = 'break', max_threads = 1",
  "SELECT name, comment FROM system.tables WHERE database = currentDatabase()",
  "SELECT name, type, comment FROM system.columns WHERE database = currentDatabase()",
  "SELECT * FROM span_profile(trace_id = 'a', span_id = 'b')",
  "SELECT 1 FORMAT Parquet",
];

test.each(harmless)("the read-only user may %s", async (query) => {
  expect(await ask(query)).toMatchObject({ ok: true });
});

test("it sees no database but its own and the system's", async () => {
  await db.writer.command({ query: "CREATE DATABASE IF NOT EXISTS hotspan_other" });
  const { text } = await ask("SELECT name FROM system.databases WHERE name NOT IN ('system', 'default')");
  expect(text.trim().split("\n")).toEqual(
    db.shards.length === 1 ? ["hotspan"] : ["hotspan", "hotspan_local"],
  );
});

test("@clickhouse/client works as the read-only user, compressed and in every format", async () => {
  const client = createStoreClient({
    url: db.store.httpUrl,
    ...db.store.reader,
    database: db.store.database,
    role: "reader",
    settings: {
      output_format_json_quote_64bit_integers: 1,
      max_execution_time: 10,
      enable_http_compression: 1,
    },
  });
  try {
    for (const format of [
      "JSON",
      "JSONEachRow",
      "JSONCompactEachRowWithNamesAndTypes",
      "CSVWithNames",
    ] as const) {
      const result = await client.query({
        query: "SELECT {n:UInt64} AS n, toDateTime('2026-01-02 03:04:05') AS t",
        query_params: { n: "18446744073709551615" },
        format,
      });
      const text = await result.text();
      expect(text).toContain("18446744073709551615");
      expect(text).toContain("2026-01-02 03:04:05");
    }
  } finally {
    await client.close();
  }
});

test("a query whose client goes away is cancelled", async () => {
  const abort = new AbortController();
  const { user, password } = db.store.reader;
  const params = new URLSearchParams({ user, password, query_id: "abandoned" });
  const running = fetch(`${db.store.httpUrl}/?${params}`, {
    method: "POST",
    body: "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))",
    signal: abort.signal,
  });
  const processes = () => db.rows("SELECT query_id FROM system.processes WHERE query_id = 'abandoned'");
  while ((await processes()).length === 0) await new Promise((done) => setTimeout(done, 20));
  abort.abort();
  await expect(running).rejects.toThrow();
  while ((await processes()).length > 0) await new Promise((done) => setTimeout(done, 20));
});

test("a result beyond the row limit is refused, or cut when the client asks for that", async () => {
  const rows = readerLimits(1024 ** 3).maxResultRows + 1;
  expect((await ask(`SELECT number FROM numbers(${rows}) FORMAT Null`)).text).toContain(
    "TOO_MANY_ROWS_OR_BYTES",
  );
  const cut = await ask("SELECT number FROM numbers(1000000)", {
    max_result_rows: "10",
    result_overflow_mode: "break",
    max_block_size: "10",
  });
  expect(cut.ok).toBe(true);
  expect(cut.text.trim().split("\n").length).toBeLessThan(100);
});

test.runIf(process.platform === "linux")("the kernel confines the server to its folder", () => {
  expect(db.store.confined).toBe(true);
});

describe("the account for statements where attributes are redacted", () => {
  const sql = (query: string): Promise<{ ok: boolean; text: string }> => ask(query, {}, db.store.sql);

  test("what it may read and what is withheld are all columns there are", async () => {
    const known = new Set(grantedColumns(sqlGrants("hotspan"), "hotspan"));
    const rows = await db.rows<{ table: string; name: string }>(
      "SELECT table, name FROM system.columns WHERE database = 'hotspan' AND table NOT IN (SELECT name FROM system.tables WHERE engine = 'View') ORDER BY table, position",
    );
    const missing = rows.filter(
      ({ table, name }) =>
        !known.has(table) &&
        !known.has(`${table}.${name}`) &&
        WITHHELD[table]?.some((one) => one === "*" || one === name) !== true,
    );
    expect(missing, "say in sql-grants.ts who may read them").toEqual([]);
  });

  test("it reads what no program wrote into attributes, and the views that do", async () => {
    for (const query of [
      "SELECT TraceId, SpanName, HotspanEndpoint, `Events.Name`, length(`Events.Name`) FROM otel_traces",
      "SELECT count() FROM otel_traces",
      "SELECT * FROM profile_samples",
      "SELECT ServiceName, ServiceVersion FROM profile_instances",
      "SELECT * FROM slow_spans(service = 'a', from = now() - 60, to = now())",
      "SELECT * FROM span_profile(trace_id = 'a', span_id = 'b')",
      "SELECT * FROM loop_blame(service = 'a', from = now() - 60, to = now())",
    ])
      expect(await sql(query)).toMatchObject({ ok: true });
  });

  test.each([
    "SELECT * FROM otel_traces",
    "SELECT SpanAttributes FROM otel_traces",
    "SELECT SpanAttributes['db.statement'] FROM otel_traces",
    "SELECT SpanAttributes.values FROM otel_traces",
    "SELECT `SpanAttributes.values` FROM otel_traces",
    "SELECT SpanAttributes.size0 FROM otel_traces",
    "SELECT mapValues(ResourceAttributes) FROM otel_traces",
    "SELECT count() FROM otel_traces WHERE SpanAttributes['db.statement'] LIKE 'a%'",
    "SELECT count() FROM otel_traces WHERE has(SpanAttributes.values, 'a')",
    "SELECT count() FROM otel_traces PREWHERE StatusMessage = 'a'",
    "SELECT TraceId FROM otel_traces ORDER BY StatusMessage",
    "SELECT StatusMessage.size FROM otel_traces",
    "SELECT COLUMNS('.*') FROM otel_traces",
    "SELECT Events FROM otel_traces",
    "SELECT `Events.Attributes` FROM otel_traces",
    "SELECT tupleElement(Events, 'Attributes') FROM otel_traces",
    "SELECT 1 WHERE exists(SELECT 1 FROM otel_traces WHERE StatusMessage LIKE 'a%')",
    "SELECT * FROM view(SELECT SpanAttributes FROM otel_traces)",
    "SELECT SpanAttributes FROM merge(currentDatabase(), '^otel_traces$')",
    "EXPLAIN indexes = 1 SELECT count() FROM otel_traces WHERE StatusMessage = 'a'",
    "SELECT Resource FROM profile_instances",
    "SELECT LabelUser FROM profile_windows",
    "SELECT LabelUser.values FROM profile_windows",
    "SELECT * FROM deletion_jobs",
    "SELECT * FROM cpu_per_1000_requests(service = 'a', from = now() - 60, to = now())",
  ])("ClickHouse refuses it %s", async (query) => {
    const { ok, text } = await sql(query);
    expect(text).toContain("ACCESS_DENIED");
    expect(ok).toBe(false);
  });

  test("what the reader may not, it may not either", async () => {
    for (const query of ["SELECT * FROM system.users", "DROP TABLE otel_traces", "SET readonly = 0"])
      expect((await sql(query)).text).toMatch(refusal);
  });
});

/** `table` where all of it may be read, else `table.column`. */
function grantedColumns(grants: readonly string[], database: string): string[] {
  return grants.flatMap((grant) => {
    const [, columns, table = ""] =
      new RegExp(`^SELECT(?:\\((.*)\\))? ON ${database}\\.(\\w+)$`).exec(grant) ?? [];
    if (table === "") return [];
    return columns === undefined
      ? [table]
      : columns.split(", ").map((one) => `${table}.${one.replaceAll("`", "")}`);
  });
}
