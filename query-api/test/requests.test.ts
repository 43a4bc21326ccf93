// Whatever is sent: an answer from the closed list, naming the field, and nothing else happens.
import { connect } from "node:net";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ERROR_CODES } from "@hotspan/query-api";
import { type Answer, startApi, type TestApi } from "./support/api.ts";
import { type Story, writeStory } from "./support/story.ts";

let store: TestStore;
let api: TestApi;
let story: Story;

beforeAll(async () => {
  store = await testStore();
  story = await writeStory(store);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

function expectProblem(answer: Answer, code: keyof typeof ERROR_CODES, field?: string): void {
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ code, status: ERROR_CODES[code][0], title: ERROR_CODES[code][1] });
  expect(answer.status).toBe(ERROR_CODES[code][0]);
  expect(answer.body.field).toBe(field);
  expect(answer.body.requestId).toMatch(/^[0-9a-f]{16}$/);
  expect(answer.body.type).toBe(`urn:hotspan:problem:${code}`);
}

test.each([
  ["/services?nope=1", "bad_parameter", "nope"],
  ["/traces?limit=0", "bad_parameter", "limit"],
  ["/traces?limit=501", "bad_parameter", "limit"],
  ["/traces?limit=ten", "bad_parameter", "limit"],
  ["/traces?limit=1&limit=2", "bad_parameter", "limit"],
  ["/traces?cursor=AAAA", "bad_parameter", "cursor"],
  ["/traces?status=bad", "bad_parameter", "status"],
  ["/traces?sort=size", "bad_parameter", "sort"],
  ["/traces?profiled=maybe", "bad_parameter", "profiled"],
  ["/traces?attr=nocolon", "bad_parameter", "attr"],
  ["/traces?minMs=-1", "bad_parameter", "minMs"],
  ["/traces?minMs=5&maxMs=4", "bad_parameter", "minMs"],
  ["/traces?minMs=1e999", "bad_parameter", "minMs"],
  ["/traces?from=2&to=1", "bad_parameter", "from"],
  ["/traces?from=soon", "bad_parameter", "from"],
  ["/traces?from=0", "range_too_large", "from"],
  ["/profiles?from=0", "range_too_large", "from"],
  ["/latency-heatmap?buckets=0x5", "bad_parameter", "buckets"],
  ["/latency-heatmap?buckets=999x999", "bad_parameter", "buckets"],
  ["/profiles?type=loud", "bad_parameter", "type"],
  ["/profiles?thread=-1", "bad_parameter", "thread"],
  ["/profiles?instance=xyz", "bad_parameter", "instance"],
  ["/profiles?label=tenant", "bad_parameter", "label"],
  ["/profiles?hide=(%3F%3D", "bad_filter", "hide"],
  ["/profiles?focus=%5B", "bad_filter", "focus"],
  [`/profiles?show=${"a".repeat(1001)}`, "bad_filter", "show"],
  ["/profiles?maxNodes=1", "bad_parameter", "maxNodes"],
  ["/profiles?format=svg", "bad_parameter", "format"],
  ["/profiles/top?maxNodes=5", "bad_parameter", "maxNodes"],
  ["/traces/xyz", "bad_parameter", "traceId"],
  [`/traces/${"A".repeat(32)}`, "bad_parameter", "traceId"],
  [`/traces/${"a".repeat(31)}`, "bad_parameter", "traceId"],
  [`/traces/${"a".repeat(32)}?x=1`, "bad_parameter", "x"],
  [`/traces/${"a".repeat(32)}/spans/0/profile`, "bad_parameter", "spanId"],
  ["/profiles?focus=", "bad_filter", "focus"],
  ["/traces?instance=xyz", "bad_parameter", "instance"],
  ["/traces?label=tenant", "bad_parameter", "label"],
  ["/nope", "not_found", undefined],
  ["/services/%ff/operations", "bad_parameter", undefined],
] as const)("GET %s: %s", async (path, code, field) => {
  expectProblem(await api.get(`/api/v1${path}`), code, field);
});

test("what is given more than once, where once is all there is, is told so", async () => {
  for (const name of ["limit", "status", "from", "profiled"]) {
    const answer = await api.get(`/api/v1/traces?${name}=1&${name}=2`);
    expectProblem(answer, "bad_parameter", name);
    expect(answer.body.detail).toBe(`${name}: given more than once`);
  }
  expect((await api.get("/api/v1/profiles?thread=0&thread=x")).body.detail).toBe("thread: must be integer");
});

describe("POST /sql", () => {
  const run = (body: unknown): Promise<Answer> => api.post("/api/v1/sql", body);

  test("64-bit integers are text, parameters are bound, columns are named", async () => {
    const { status, body } = await run({
      query:
        "SELECT {n:UInt64} AS n, {s:String} AS s, {a:Array(UInt8)} AS a, toInt32(-5) AS i, nan AS f, NULL AS z;",
      params: { n: "18446744073709551615", s: "it's", a: [1, 2] },
    });
    expect(status).toBe(200);
    expect(body.columns).toEqual([
      { name: "n", type: "UInt64" },
      { name: "s", type: "String" },
      { name: "a", type: "Array(UInt8)" },
      { name: "i", type: "Int32" },
      { name: "f", type: "Float64" },
      { name: "z", type: "Nullable(Nothing)" },
    ]);
    expect(body.rows).toEqual([["18446744073709551615", "it's", [1, 2], -5, "nan", null]]);
    expect(body).toMatchObject({ rowCount: 1, truncated: false });
    expect(body.elapsedMs).toBeGreaterThanOrEqual(0);
  });

  test("the story can be asked for in SQL", async () => {
    const { body } = await run({
      query:
        "SELECT ServiceName, sum(Value), count() FROM profile_samples WHERE TraceId = {t:String} GROUP BY 1 ORDER BY 1 -- by service",
      params: { t: story.traceId },
    });
    expect(body.rows).toEqual([
      ["cart", "20000000", "2"],
      ["web", "70000000", "7"],
    ]);
    expect(body.readRows).toBeGreaterThan(0);
  });

  test("maxRows cuts and says so", async () => {
    const cut = await run({ query: "SELECT number FROM numbers(10) ORDER BY number DESC", maxRows: 3 });
    expect(cut.body).toMatchObject({ rows: [["9"], ["8"], ["7"]], rowCount: 3, truncated: true });
    const whole = await run({ query: "SELECT number FROM numbers(3)", maxRows: 3 });
    expect(whole.body).toMatchObject({ rowCount: 3, truncated: false });
    const most = await run({ query: "SELECT number FROM numbers(200000)", maxRows: 1e9, format: "csv" });
    expect(most.body.split("\n")).toHaveLength(100_002);
  });

  test("ndjson, csv and parquet", async () => {
    const query = "SELECT number AS n, 'a,b' AS s FROM numbers(2)";
    expect((await run({ query, format: "ndjson" })).body).toBe('{"n":"0","s":"a,b"}\n{"n":"1","s":"a,b"}\n');
    const csv = await run({ query, format: "csv" });
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(csv.body).toBe('"n","s"\n"0","a,b"\n"1","a,b"\n'.replace('"0"', "0").replace('"1"', "1"));
    const parquet = await run({ query, format: "parquet" });
    expect(Buffer.from(parquet.bytes.subarray(0, 4)).toString()).toBe("PAR1");
    expect(Buffer.from(parquet.bytes.subarray(-4)).toString()).toBe("PAR1");
  });

  test.each([
    "INSERT INTO otel_traces (TraceId) VALUES ('x')",
    "DROP TABLE otel_traces",
    "/**/ALTER TABLE otel_traces DELETE WHERE 1",
    "KILL QUERY WHERE 1",
    "SET readonly = 0",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')",
    "SELECT * FROM file('/etc/passwd', CSV, 'a String')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM system.users",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
  ])("%s is refused", async (query) => {
    for (const format of ["json", "csv"]) {
      const answer = await run({ query, format });
      expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
      expect(answer.body.detail).not.toBe("");
    }
  });

  test.each([
    ["SELEC 1", /62 SYNTAX_ERROR/],
    ["SELECT nope FROM otel_traces", /47 UNKNOWN_IDENTIFIER/],
    ["SELECT * FROM nope", /60 UNKNOWN_TABLE/],
    ["SELECT 1; SELECT 2", /62 SYNTAX_ERROR/],
    ["SELECT {n:UInt8}", /456 UNKNOWN_QUERY_PARAMETER/],
    ["SELECT sum(throwIf(number = 5000000)) FROM numbers(10000000)", /395 FUNCTION_THROW_IF/],
  ])("%s is an error of SQL", async (query, detail) => {
    for (const format of ["json", "ndjson", "parquet"]) {
      const answer = await run({ query, format });
      expectProblem(answer, "bad_parameter", "query");
      expect(answer.body.detail).toMatch(detail);
    }
  });

  /** The events of an answer, in order. */
  async function watch(
    body: object,
  ): Promise<{ type: string | null; status: number; events: [string, any][] }> {
    const answer = await api.post("/api/v1/sql", body, { accept: "text/event-stream" });
    const events = String(answer.body)
      .split("\n\n")
      .filter(Boolean)
      .map((one): [string, unknown] => {
        const [, event = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(one) ?? [];
        return [event, JSON.parse(data)];
      });
    return { type: answer.headers.get("content-type"), status: answer.status, events };
  }

  test("whoever asks for events sees how far it is, and then the same result", async () => {
    const query = "SELECT number, toString(number) AS s FROM numbers(3000000) ORDER BY number DESC";
    const { type, events } = await watch({ query, maxRows: 2 });
    expect(type).toBe("text/event-stream");
    expect(events.slice(0, -1).map(([event]) => event)).toEqual(events.slice(1).map(() => "progress"));
    const progress = events.slice(0, -1).map(([, data]) => data.readRows as number);
    expect(progress.at(-1)).toBeGreaterThan(0);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    const [event, result] = events.at(-1)!;
    const { body } = await run({ query, maxRows: 2 });
    expect(event).toBe("result");
    expect({ ...result, elapsedMs: 0, readRows: 0, readBytes: 0 }).toEqual({
      ...body,
      elapsedMs: 0,
      readRows: 0,
      readBytes: 0,
    });
  });

  test("what fails before anything was read is an answer of its own, what fails later an event", async () => {
    const refused = await api.post("/api/v1/sql", { query: "SELEC" }, { accept: "text/event-stream" });
    expectProblem(refused, "bad_parameter", "query");
    const { status, events } = await watch({
      // Slow by design: the first news of progress come before the error, however fast the machine.
      query:
        "SELECT sum(throwIf(number = 90) + sleepEachRow(0.01)) FROM numbers(100) SETTINGS max_threads = 1, max_block_size = 5",
    });
    expect(status).toBe(200);
    expect(events.at(-1)).toMatchObject([
      "problem",
      { code: "bad_parameter", status: 400, field: "query", detail: expect.stringContaining("395") },
    ]);
  });

  test("a statement that takes too long is stopped", async () => {
    const answer = await run({
      query: "SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 7",
      timeoutMs: 300,
    });
    expectProblem(answer, "query_timeout");
  });

  test.each([
    [{}, "query"],
    [{ query: "" }, "query"],
    [{ query: 1 }, "query"],
    [{ query: "SELECT 1", maxRows: "10" }, "maxRows"],
    [{ query: "SELECT 1", maxRows: 0 }, "maxRows"],
    [{ query: "SELECT 1", extra: true }, "extra"],
    [{ query: "SELECT 1", format: "xml" }, "format"],
    [{ query: "SELECT 1", params: { "a b": 1 } }, "params"],
    [{ query: "SELECT 1", params: [] }, "params"],
  ])("body %j is refused: %s", async (body, field) => {
    expectProblem(await run(body), "bad_parameter", field);
  });

  test("values nested without end are refused", async () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    const body = (depth: number): string =>
      `{"query":"SELECT {a:String} AS a","params":{"a":${nested(depth)}}}`;
    expectProblem(await run(body(100_000)), "bad_parameter", "params");
    expect((await run(body(20))).body.rows).toEqual([[nested(20)]]);
  });

  test("a statement that swallows its format has no rows", async () => {
    const query = "EXPLAIN AST INSERT INTO a VALUES (1)";
    expectProblem(await run({ query }), "bad_parameter", "query");
    const watched = await api.post("/api/v1/sql", { query }, { accept: "text/event-stream" });
    expectProblem(watched, "bad_parameter", "query");
  });

  test("what is no JSON object is refused", async () => {
    expectProblem(await run("{"), "bad_parameter");
    expect((await run("null")).status).toBe(400);
    expectProblem(
      await api.post("/api/v1/sql", "a=1", { "content-type": "application/x-www-form-urlencoded" }),
      "unsupported_media_type",
    );
    for (const headers of [{ "content-type": "text/plain" }, { "content-encoding": "gzip" }])
      expectProblem(await api.post("/api/v1/sql", '{"query":"SELECT 1"}', headers), "unsupported_media_type");
    expectProblem(await run({ query: "x".repeat(2_000_000) }), "body_too_large");
    const read = await api.get("/api/v1/sql");
    expectProblem(read, "not_found");
    expect(read.body.detail).toBe("Nothing is at GET /api/v1/sql: it takes POST");
    expect(read.headers.get("allow")).toBe("POST");
  });
});

test.each([
  ["/sql", { query: "SELECT 1" }],
  ["/compare", { base: {}, other: {} }],
  ["/root-cause", { service: "web", operation: "render" }],
])("POST %s takes no query parameters", async (path, body) => {
  expectProblem(await api.post(`/api/v1${path}?nope=1`, body), "bad_parameter", "nope");
});

const hostile = [
  "'; DROP TABLE otel_traces; --",
  "' OR 1=1 OR '",
  "\\' OR 1=1 --",
  "\\",
  "{traceId:String}",
  "a\0b",
  "ünï\u{1F600}\u202E",
  "%",
  "x".repeat(500),
  "__proto__",
];

test("hostile text in any parameter finds nothing and breaks nothing", async () => {
  const before = await store.rows("SELECT count() AS n FROM otel_traces");
  for (const text of hostile) {
    const value = encodeURIComponent(text);
    const urls = [
      `/services/${value}/operations`,
      ...["service", "operation", "endpoint", "version", "environment"].flatMap((name) => [
        `/traces?${name}=${value}`,
        `/latency-heatmap?buckets=2x2&${name}=${value}`,
        `/profiles?${name}=${value}`,
      ]),
      `/traces?attr=${value}:${value}`,
      `/profiles?zone=${value}`,
      `/profiles?label=${value}:${value}`,
      `/profiles/top?service=${value}`,
    ];
    for (const url of urls) {
      const { status, body } = await api.get(`/api/v1${url}`);
      expect(status, `${url} ${JSON.stringify(body)}`).toBe(200);
      expect(
        body.traces ?? body.cells ?? body.functions ?? body.operations ?? (body.total === 0 ? [] : [1]),
        url,
      ).toEqual([]);
    }
    for (const name of ["cursor", "from", "to", "instance", "focus"])
      expect((await api.get(`/api/v1/profiles?${name}=${value}`)).status).toBeLessThan(500);
  }
  expect(await store.rows("SELECT count() AS n FROM otel_traces")).toEqual(before);
});

/** Sends bytes as they are: fetch sets Host itself, and sends nothing that is not HTTP. */
const wire = (request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(api.port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
    socket.write(request);
  });

test.each([
  ["no request", "GARBAGE\r\n\r\n"],
  ["no method", "FOO /api/v1/services HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["headers beyond measure", `GET / HTTP/1.1\r\nHost: localhost\r\nx: ${"x".repeat(300_000)}\r\n\r\n`],
])("what is no HTTP is answered as any other mistake: %s", async (_what, request) => {
  const answer = await wire(request);
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1.1 400 /);
  expect(head).toContain("content-type: application/problem+json");
  const problem = JSON.parse(body) as { requestId: string };
  expect(problem).toMatchObject({ status: 400, code: "bad_parameter" });
  expect(head).toContain(`x-request-id: ${problem.requestId}`);
});

test("all filters at their longest fit into an address", async () => {
  const patterns = ["focus", "hide", "show", "highlight"].flatMap((name) =>
    Array.from({ length: 20 }, () => `${name}=${"%C3%A9".repeat(400)}`),
  );
  expect((await api.get(`/api/v1/profiles?${patterns.join("&")}`)).status).toBe(200);
});

test("a request for another host, or from another site, is refused", async () => {
  const raw = (head: string): Promise<string> =>
    wire(`GET /api/v1/services HTTP/1.1\r\nConnection: close\r\n${head}\r\n\r\n`);
  expect(await raw(`Host: 127.0.0.1:${api.port}`)).toMatch(/^HTTP\/1.1 200/);
  for (const head of [
    "X-Host: none",
    "Host: evil.example",
    `Host: 127.0.0.1:${api.port}\r\nOrigin: https://evil.example`,
  ]) {
    const answer = await raw(head);
    expect(answer).toMatch(/^HTTP\/1.1 403/);
    expect(answer).toContain('"code":"forbidden"');
  }
});

test("the policy of every answer lets scripts come from here only", async () => {
  for (const path of ["/healthz", "/api/v1/services", "/api/v1/nope"]) {
    const { headers } = await api.get(path);
    const policy = headers.get("content-security-policy")!;
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("strict-transport-security")).toBeNull();
  }
});

test("health, metrics and the contract stand at the root", async () => {
  expect((await api.get("/healthz")).body).toEqual({ status: "ok" });
  expect((await api.get("/readyz")).body).toEqual({ status: "ok" });
  const metrics = await api.get("/metrics");
  expect(metrics.body).toMatch(
    /hotspan_query_api_http_seconds_count\{method="GET",route="\/healthz",status="200"\}/,
  );
  expect(metrics.body).toMatch(/hotspan_query_api_clickhouse_seconds_count/);
  expect((await api.get("/openapi.json")).body.openapi).toBe("3.1.0");
});

test("the schema tells units and has the stable tables", async () => {
  const { body } = await api.get("/api/v1/schema");
  const names = body.tables.map((one: { name: string }) => one.name);
  for (const name of ["otel_traces", "profile_samples", "profile_windows", "profile_stacks"])
    expect(names).toContain(name);
  const samples = body.tables.find((one: { name: string }) => one.name === "profile_samples");
  expect(samples.columns.find((one: { name: string }) => one.name === "CpuNano").comment).toMatch(/ns/);
});
