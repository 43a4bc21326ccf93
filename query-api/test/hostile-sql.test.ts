// Statements that a reader must not get through, by way of POST /sql. Straight to ClickHouse: packages/store/test/reader.test.ts.
import { COSTLY_STATEMENTS, HOSTILE_STATEMENTS, testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";

let store: TestStore;
let api: TestApi;
beforeAll(async () => {
  store = await testStore();
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

const AT_ONCE = 8;

test.each(Object.entries(HOSTILE_STATEMENTS))(
  "%s: each is refused, and says why",
  async (_kind, statements) => {
    for (let at = 0; at < statements.length; at += AT_ONCE)
      await Promise.all(
        statements.slice(at, at + AT_ONCE).map(async ([code, query], i) => {
          const format = (["json", "ndjson", "csv", "parquet"] as const)[i % 4];
          const { status, body } = await api.post("/api/v1/sql", { query, format });
          const verb = /^[A-Z]+ is refused: only statements that read are run\.$|^sqlite\(\) is refused/.test(
            body.detail,
          );
          if (verb) expect([status, body.code], query).toEqual([403, "forbidden"]);
          else {
            expect(body.detail, query).toMatch(new RegExp(`^ClickHouse ${code} `));
            expect(["forbidden", "bad_parameter"], query).toContain(body.code);
            expect(body.status, query).toBe(status);
          }
        }),
      );
  },
);

test.each(COSTLY_STATEMENTS)("%j, %s: ends at a limit", async (_codes, query) => {
  const { status, body } = await api.post("/api/v1/sql", {
    // More is not sent, it is cut: there has to be something to do.
    query: query.replace("numbers(1000001)", "numbers(1000001) ORDER BY number"),
    timeoutMs: 3000,
    maxRows: 100,
  });
  if (status === 200) expect(body).toMatchObject({ rowCount: 100, truncated: true });
  else expect(["bad_parameter", "range_too_large", "query_timeout"]).toContain(body.code);
});

const hidden = "SELECT name FROM system.users";

test.each([
  ["an identifier", { query: "SELECT * FROM {t:Identifier}", params: { t: "system.users" } }],
  [
    "two identifiers",
    { query: "SELECT * FROM {d:Identifier}.{t:Identifier}", params: { d: "system", t: "users" } },
  ],
  [
    "a quoted name",
    { query: "SELECT {s:String} AS a FROM {t:Identifier}", params: { s: "x", t: "`system`.`users`" } },
  ],
  ["a format of its own", { query: `${hidden} FORMAT TSV` }],
  ["a format behind a comment", { query: `${hidden} FORMAT TSV --` }],
  ["settings at the end", { query: "SELECT 1 FORMAT TSV SETTINGS readonly = 0" }],
  ["an open comment", { query: `SELECT 1 /*`, format: "csv" }],
  ["a file for the answer", { query: "SELECT 1 INTO OUTFILE '/tmp/x' FORMAT CSV --" }],
  ["a file made on the way", { query: "SELECT * FROM sqlite/* */ ('made-here.db', 't')" }],
  ["a file made by a quoted function", { query: "SELECT * FROM `sqlite`('made-here.db', 't')" }],
])("%s does not get through", async (_what, body) => {
  const { status, body: answer } = await api.post("/api/v1/sql", body);
  expect([400, 403]).toContain(status);
  expect(JSON.stringify(answer)).not.toContain("hotspan_writer");
});

test("values of parameters are values: they add no settings and no statement", async () => {
  const hostile = "1', readonly = 0; DROP TABLE otel_traces; --";
  const { status, body } = await api.post("/api/v1/sql", {
    query: "SELECT {a:String} AS a, getSetting('readonly') AS r, getSetting('max_threads') > 0",
    params: { a: hostile, readonly: "0", max_threads: "1000" },
  });
  expect([status, body.rows]).toEqual([200, [[hostile, 1, 1]]]);
});

test("nothing of all this has left a trace", async () => {
  expect(await store.rows("SELECT name FROM system.databases WHERE name LIKE 'd'")).toEqual([]);
  expect(await store.rows("SELECT count() AS n FROM otel_traces")).toEqual([{ n: "0" }]);
  const users = await store.rows<{ name: string }>("SELECT name FROM system.users ORDER BY name");
  expect(users.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["hotspan_reader", "hotspan_sql", "hotspan_writer"]),
  );
  expect(users.some(({ name }) => name === "x")).toBe(false);
});
