import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStoreClient, readerLimits } from "@hotspan/store";
import { testShards, testStore, type TestStore } from "@hotspan/store/testing";

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
): Promise<{ ok: boolean; text: string }> {
  const { user, password } = db.store.reader;
  const params = new URLSearchParams({ user, password, database: db.store.database, ...settings });
  const response = await fetch(`${db.store.httpUrl}/?${params}`, { method: "POST", body: query });
  return { ok: response.ok, text: await response.text() };
}

// Denied by rights (497), by read-only mode (164), by a constraint (452), or by the kernel (76 … Permission denied).
const refusal =
  /ACCESS_DENIED|READONLY|SETTING_CONSTRAINT_VIOLATION|QUERY_IS_PROHIBITED|Permission denied|INTO_OUTFILE_NOT_ALLOWED|INVALID_USAGE_OF_INPUT|UNKNOWN_FUNCTION|SUPPORT_IS_DISABLED|DATABASE_ACCESS_DENIED/;

const hostile: readonly string[] = [
  // Write
  "INSERT INTO otel_traces (TraceId) VALUES ('x')",
  "INSERT INTO otel_traces (TraceId) SELECT 'x'",
  "INSERT INTO FUNCTION file('/tmp/hotspan-reader', 'CSV', 'a String') SELECT 'x'",
  "INSERT INTO FUNCTION url('http://127.0.0.1:1/', 'CSV', 'a String') SELECT 'x'",
  "INSERT INTO FUNCTION null('a String') SELECT 'x'",
  "CREATE TABLE t (a Int8) ENGINE = Memory",
  "CREATE TEMPORARY TABLE t (a Int8) ENGINE = Memory",
  "CREATE TABLE t (a Int8) ENGINE = File(CSV, '/etc/passwd')",
  "CREATE VIEW v AS SELECT * FROM file('/etc/passwd', 'LineAsString')",
  "CREATE DATABASE d",
  "CREATE FUNCTION f AS (x) -> x",
  "CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(HTTP(URL 'http://127.0.0.1:1/' FORMAT 'CSV')) LAYOUT(FLAT()) LIFETIME(1)",
  "CREATE NAMED COLLECTION c AS a = 1",
  "ALTER TABLE otel_traces DELETE WHERE 1",
  "DELETE FROM otel_traces WHERE 1",
  "UPDATE otel_traces SET StatusMessage = 'x' WHERE 1",
  "ALTER TABLE otel_traces ADD COLUMN x Int8",
  "DROP TABLE otel_traces",
  "DROP DATABASE hotspan",
  "TRUNCATE TABLE otel_traces",
  "RENAME TABLE otel_traces TO x",
  "EXCHANGE TABLES otel_traces AND profile_samples",
  "DETACH TABLE otel_traces",
  "ATTACH TABLE x FROM '/etc' (a Int8) ENGINE = MergeTree ORDER BY a",
  "OPTIMIZE TABLE otel_traces FINAL",
  "BACKUP TABLE otel_traces TO File('/tmp/hotspan-backup')",
  // A table that stands for all shards cannot be checked by anybody.
  `CHECK TABLE ${testShards === 1 ? "otel_traces" : "hotspan_local.otel_traces"}`,
  // Rights
  "GRANT ALL ON *.* TO hotspan_reader",
  "SHOW GRANTS FOR hotspan_writer",
  "SHOW CREATE USER hotspan_writer",
  "SHOW USERS",
  "SHOW ACCESS",
  "CREATE USER x",
  "ALTER USER hotspan_reader SETTINGS readonly = 0",
  "DROP USER hotspan_writer",
  "EXECUTE AS hotspan_writer SELECT 1",
  // Limits
  "SET readonly = 0",
  "SET max_memory_usage = 0",
  "SELECT 1 SETTINGS readonly = 0",
  "SELECT 1 SETTINGS readonly = 2",
  "SELECT 1 SETTINGS max_execution_time = 0",
  "SELECT 1 SETTINGS max_execution_time = 3600",
  "SELECT 1 SETTINGS max_memory_usage = 100000000000",
  "SELECT 1 SETTINGS max_result_rows = 0",
  "SELECT 1 SETTINGS allow_ddl = 1",
  "SELECT 1 SETTINGS allow_introspection_functions = 1",
  "SELECT 1 SETTINGS max_concurrent_queries_for_user = 0",
  "SELECT 1 SETTINGS profile = 'writer'",
  // The server
  "KILL QUERY WHERE 1",
  "KILL MUTATION WHERE 1",
  "SYSTEM SHUTDOWN",
  "SYSTEM STOP LISTEN HTTP",
  "SYSTEM START LISTEN HTTP",
  "SYSTEM FLUSH LOGS",
  "SYSTEM DROP MARK CACHE",
  "SYSTEM RELOAD USERS",
  "SYSTEM STOP MERGES hotspan.otel_traces",
  "SHOW PROCESSLIST",
  // Files
  "SELECT file('/etc/passwd')",
  "SELECT file(materialize('/etc/passwd'))",
  "SELECT file(concat('/etc/', x)) FROM (SELECT 'passwd' AS x)",
  "SELECT file('/proc/self/environ')",
  "SELECT file('/proc/1/cmdline')",
  "SELECT * FROM file('/etc/passwd', 'LineAsString')",
  "SELECT * FROM file('inside.csv', 'CSV')",
  "DESCRIBE TABLE file('/etc/passwd')",
  "SELECT * FROM filesystem('/')",
  "SELECT * FROM sqlite('/etc/passwd', 'x')",
  "SELECT 1 INTO OUTFILE '/tmp/hotspan-outfile'",
  "SELECT * FROM input('a Int8')",
  // The network
  "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
  "SELECT * FROM url('file:///etc/passwd', 'LineAsString')",
  "SELECT * FROM remote('127.0.0.1', system.one)",
  "SELECT * FROM remoteSecure('127.0.0.1', system, one)",
  "SELECT * FROM s3('http://localhost:1/bucket/key.csv', 'CSV', 'a String')",
  "SELECT * FROM gcs('http://localhost:1/bucket/key.csv', 'CSV', 'a String')",
  "SELECT * FROM hdfs('hdfs://localhost:1/x', 'CSV', 'a String')",
  "SELECT * FROM azureBlobStorage('http://localhost:1', 'a', 'b', 'c', 'ZA==', 'CSV', 'auto', 'a String')",
  "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
  "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
  "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'a String')",
  "SELECT * FROM redis('127.0.0.1:1', 'a', 'a String, b String')",
  "SELECT * FROM jdbc('x', 'y', 'z')",
  "SELECT * FROM odbc('x', 'y', 'z')",
  // Programs
  "SELECT * FROM executable('id', 'TSV', 'a String')",
  "SELECT * FROM executable('id', 'TSV', 'a String', (SELECT 1))",
  "SELECT addressToLine(1)",
  "SELECT * FROM dictionary('a')",
  // What others do, and secrets
  "SELECT * FROM system.users",
  "SELECT * FROM system.processes",
  "SELECT * FROM system.server_settings",
  "SELECT * FROM system.parts",
  "SELECT * FROM system.disks",
  "SELECT * FROM system.grants",
  "SELECT * FROM system.settings_profiles",
  "SELECT * FROM system.metrics",
  "SELECT * FROM system.errors",
  "SELECT * FROM information_schema.tables",
  // Hidden
  "SELECT * FROM otel_traces AS t JOIN system.processes AS p ON t.TraceId = p.query_id",
  "SELECT (SELECT count() FROM file('/etc/passwd', 'LineAsString'))",
  "SELECT 1 WHERE 1 IN (SELECT 1 FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8'))",
  "WITH x AS (SELECT * FROM remote('127.0.0.1', system.one)) SELECT * FROM x",
  "SELECT * FROM view(SELECT * FROM file('/etc/passwd', 'LineAsString'))",
  "SELECT 1 UNION ALL SELECT count() FROM file('/etc/passwd', 'LineAsString')",
  "EXPLAIN PIPELINE SELECT * FROM file('/etc/passwd', 'LineAsString')",
  "SELECT TraceId FROM otel_traces ORDER BY file('/etc/passwd')",
];

describe("ClickHouse itself refuses the read-only user", () => {
  test.each(hostile)("%s", async (query) => {
    const { ok, text } = await ask(query);
    expect(text).toMatch(refusal);
    expect(ok).toBe(false);
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
