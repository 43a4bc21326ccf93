import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeRunFile } from "@hotspan/store";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createProgram } from "../program/index.ts";

const ID = "9f7d0b0e-0000-4000-8000-000000000000";
const INSTANCE = "ab".repeat(16);

// A correlator and an API that answer as told, each answer once, the last one for ever.
let progress: object[] = [];
let status = 202;
let body: unknown;
const asked: { method: string; url: string; authorization: string | undefined }[] = [];
async function read(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? undefined : JSON.parse(text);
}
const server = createServer((request, response) => {
  void (async () => {
    const { method = "", url = "", headers } = request;
    asked.push({ method, url, authorization: headers.authorization });
    const given = await read(request);
    if (given !== undefined) body = given;
    let answer: unknown = progress.length > 1 ? progress.shift() : progress[0];
    if (url.startsWith("/api/v1/profiles/top"))
      answer = {
        functions: [{ function: "parseCart", package: null, self: 2_500_000, total: 1, samples: 7 }],
      };
    if (status >= 400) answer = { code: "unauthorized", detail: "A token is required." };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  })();
});
let url: string;
let data: string;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  data = mkdtempSync(join(tmpdir(), "hotspan-profile-"));
  writeRunFile(data, {
    url,
    ingestUrl: url,
    clickhouse: { httpUrl: url, database: "d", readerUser: "r", readerPassword: "p" },
    pids: { supervisor: process.pid },
  });
});
afterAll(() => {
  server.close();
  rmSync(data, { recursive: true, force: true });
});
beforeEach(() => {
  asked.length = 0;
  status = 202;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const answer = (over: object): object => ({
  profileId: ID,
  state: "waiting",
  agents: 0,
  pollMs: 250,
  instances: [],
  services: ["shop", "mail"],
  ...over,
});
const taken = [{ instance: INSTANCE, version: "7", untilUnixNano: "1795000000000000000" }];

async function hotspan(...args: string[]): Promise<{ out: string; err: string; code: unknown }> {
  let out = "";
  let err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => (out += String(text)) !== "");
  vi.spyOn(process.stderr, "write").mockImplementation((text) => (err += String(text)) !== "");
  const before = process.exitCode;
  try {
    await createProgram()
      .exitOverride()
      .parseAsync(["node", "hotspan", "profile", "--data", data, ...args]);
    return { out, err, code: process.exitCode };
  } finally {
    process.exitCode = before;
    vi.restoreAllMocks();
  }
}

test("asks, waits for those that take part, and ends with what was collected and where to look", async () => {
  vi.stubEnv("HOTSPAN_TOKEN", "secret");
  progress = [
    answer({ agents: 1 }),
    answer({ agents: 2, state: "collecting", instances: taken }),
    answer({ agents: 2, state: "done", instances: taken }),
  ];
  const { out, code } = await hotspan("--service", "shop", "--seconds", "1", "--version", "7");
  expect(body).toEqual({ service: "shop", version: "7", seconds: 1, hz: 500 });
  expect(asked.slice(0, 3).map(({ method, url: at }) => `${method} ${at}`)).toEqual([
    "POST /v1/agent/profile",
    `GET /v1/agent/profile/${ID}`,
    `GET /v1/agent/profile/${ID}`,
  ]);
  expect(asked.every(({ authorization }) => authorization === "Bearer secret")).toBe(true);
  expect(asked.at(-1)?.url).toMatch(
    /^\/api\/v1\/profiles\/top\?service=shop&version=7&from=\d+&to=\d+&limit=5$/,
  );
  expect(out).toMatch(
    /^1 instance of shop took part\.\n2\.5 ms {2}parseCart\nhttp:\/\/127\.0\.0\.1:\d+\/\?service=shop&profiled=true&from=\d+&to=\d+\n$/,
  );
  expect(code).toBe(0);
});

test.each([
  [["--service", "cart"], ["shop", "mail"], /no agent of a service "cart" asked .* those of shop, mail do/],
  [["--service", "shop", "--version", "9"], ["shop"], /none of version 9 did/],
  [["--service", "shop"], [], /no agent asked the correlator .*HOTSPAN_ENDPOINT/],
])("%j among %j: the error says what to do", async (args, services, message) => {
  progress = [answer({ services })];
  await expect(hotspan(...args)).rejects.toMatchObject({
    code: "HOTSPAN_CLI_NO_AGENT",
    message: expect.stringMatching(message),
  });
});

test("what the correlator refuses is passed on, and who is not there is named", async () => {
  status = 401;
  await expect(hotspan("--service", "shop")).rejects.toMatchObject({
    code: "HOTSPAN_CLI_QUERY_FAILED",
    message: "A token is required. Set HOTSPAN_TOKEN. (unauthorized)",
  });
  await expect(hotspan("--service", "shop", "--correlator", "http://127.0.0.1:1")).rejects.toMatchObject({
    code: "HOTSPAN_CLI_API_UNREACHABLE",
  });
  await expect(hotspan("--service", "shop", "--data", "/nonexistent")).rejects.toMatchObject({
    code: "HOTSPAN_CLI_NOT_RUNNING",
  });
});
