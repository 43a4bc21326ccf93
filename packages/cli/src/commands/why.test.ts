import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createProgram } from "../program/index.ts";

// An API that answers as told.
const answers = new Map<string, { status: number; body: unknown }>();
const asked: { url: string; authorization: string | undefined }[] = [];
const server = createServer((request, response) => {
  asked.push({ url: request.url ?? "", authorization: request.headers.authorization });
  const { status, body } = answers.get(request.url ?? "") ?? {
    status: 404,
    body: { code: "span_not_found", detail: "No such span." },
  };
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  answers.clear();
  asked.length = 0;
  process.exitCode = undefined;
});

async function hotspan(...args: string[]): Promise<{ out: string; code: unknown }> {
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  await createProgram().parseAsync(["node", "hotspan", ...args]);
  const code = process.exitCode;
  vi.restoreAllMocks();
  process.exitCode = undefined;
  return { out, code };
}

const trace = "a".repeat(32);
const span = "b".repeat(16);
const ledger = {
  state: "ready",
  spanId: span,
  service: "shop",
  instance: null,
  thread: null,
  startUnixNano: "1795442748000000000",
  durationNano: 12_000_000,
  coverage: { ticks: 1, lostTicks: 0, windows: 1, method: "ticks" },
  rows: [{ class: "gc", nano: 12_000_000, low: 11_000_000, high: 12_000_000, share: 1, ticks: 1 }],
  blame: [],
  children: [],
};

test("why prints a span's ledger, with the token of the environment", async () => {
  vi.stubEnv("HOTSPAN_TOKEN", "secret");
  answers.set(`/api/v1/traces/${trace}/spans/${span}/ledger`, { status: 200, body: ledger });
  answers.set(`/api/v1/traces/${trace}`, {
    status: 200,
    body: { spans: [{ spanId: span, name: "GET /cart" }] },
  });
  const { out, code } = await hotspan("why", "--url", `${url}/`, trace.toUpperCase(), span);
  expect(out).toContain("shop GET /cart: 12.0 ms at 2026-11-23T14:05:48.000Z");
  expect(out).toMatch(/Garbage collection +12\.0 +11\.0–12\.0 +100\.0 % +█+/);
  expect(code).toBe(0);
  expect(asked.every((one) => one.authorization === "Bearer secret")).toBe(true);
});

test("why exits with 1 and says why there is no ledger", async () => {
  answers.set(`/api/v1/traces/${trace}/ledger`, {
    status: 200,
    body: { ...ledger, state: "no_agent", rows: [] },
  });
  answers.set(`/api/v1/traces/${trace}`, { status: 200, body: { spans: [] } });
  const { out, code } = await hotspan("why", "--url", url, trace);
  expect(out).toContain("No ledger: no agent was seen in its process (no_agent).");
  expect(code).toBe(1);
  const json = await hotspan("why", "--json", "--url", url, trace);
  expect(JSON.parse(json.out)).toMatchObject({ state: "no_agent" });
  expect(json.code).toBe(1);
});

test("what cannot be asked or answered is an error with a code", async () => {
  const failure = (...args: string[]): Promise<unknown> => hotspan(...args).catch((error: unknown) => error);
  expect(await failure("why", "--url", url, "nonsense")).toMatchObject({ code: "HOTSPAN_CLI_USAGE" });
  expect(await failure("why", "--url", url, trace, span)).toMatchObject({
    code: "HOTSPAN_CLI_QUERY_FAILED",
    message: "No such span. (span_not_found)",
  });
  expect(await failure("why", "--url", "http://127.0.0.1:1", trace)).toMatchObject({
    code: "HOTSPAN_CLI_API_UNREACHABLE",
  });
  expect(await failure("why", "--data", "/nonexistent", trace)).toMatchObject({
    code: "HOTSPAN_CLI_NOT_RUNNING",
  });
});

const contribution = {
  rank: 1,
  class: "cpu.self",
  level: "function",
  function: "parseCart",
  ownCode: true,
  slowNano: 220e6,
  baselineNano: 20e6,
  deltaNano: 200e6,
  share: 0.8,
  low: 190e6,
  high: 210e6,
  p: 0.001,
  significant: true,
  exampleTraceIds: [],
};

test("regressions names them; with --fail the exit code is 1 when there is one", async () => {
  answers.set("/api/v1/regressions", {
    status: 200,
    body: {
      regressions: [
        {
          service: "cart",
          endpoint: "GET /cart",
          from: "1",
          to: "2",
          deltaNano: 252e6,
          p: 0.0004,
          top: [contribution],
        },
      ],
    },
  });
  answers.set("/api/v1/regressions?service=mail&from=2026-11-23T00%3A00%3A00Z", {
    status: 200,
    body: { regressions: [] },
  });
  const found = await hotspan("regressions", "--url", url, "--fail");
  expect(found.out).toBe("cart GET /cart: 252.0 ms slower from 1 to 2 (p < 0.001)\n  +200.0 ms  parseCart\n");
  expect(found.code).toBe(1);
  expect((await hotspan("regressions", "--url", url)).code).toBe(0);
  const none = await hotspan(
    "regressions",
    "--url",
    url,
    "--fail",
    "--service",
    "mail",
    "--from",
    "2026-11-23T00:00:00Z",
  );
  expect(none).toEqual({ out: "No endpoint became slower by more than chance.\n", code: 0 });
});
