import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAlive } from "../src/process/alive.ts";
import { hotspan, readRun, type Up, until, up } from "./support/hotspan.ts";

const folder = mkdtempSync(join(tmpdir(), "hotspan-up-"));
const data = join(folder, "data");
let instance: Up;

beforeAll(async () => {
  instance = await up(data);
});
afterAll(async () => {
  for (const pid of [instance?.child.pid ?? 0]) if (pid > 0 && isAlive(pid)) process.kill(pid, "SIGTERM");
  await instance?.ended;
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string): Promise<Response> => fetch(`${instance.run.url}${path}`);

describe("a running instance", () => {
  test("is ready on both ports when its run file appears, which its owner alone can read", async () => {
    const { url, ingestUrl, clickhouse, pids } = instance.run;
    expect((await get("/readyz")).status).toBe(200);
    expect((await fetch(`${ingestUrl}/readyz`)).status).toBe(200);
    expect(new URL(url).hostname).toBe("127.0.0.1");
    expect(clickhouse.readerUser).not.toBe("");
    expect(clickhouse.tcpPort).toBeGreaterThan(0);
    expect(statSync(join(data, "run.json")).mode & 0o777).toBe(0o600);
    expect(Object.keys(pids).sort()).toEqual(["correlator", "query-api", "store", "supervisor"]);
    expect(Object.values(pids).every(isAlive)).toBe(true);
    expect(instance.output()).toContain(url);
  });

  test("answers with the spans that were sent to it", async () => {
    const traceId = randomBytes(16).toString("hex");
    const now = BigInt(Date.now()) * 1_000_000n;
    const span = {
      traceId,
      spanId: randomBytes(8).toString("hex"),
      name: "GET /cli",
      kind: 2,
      startTimeUnixNano: String(now - 5_000_000n),
      endTimeUnixNano: String(now),
    };
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "cli-test" } }] };
    const sent = await fetch(`${instance.run.ingestUrl}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    });
    expect(sent.status).toBe(200);
    await until("the trace is found", async () => (await get(`/api/v1/traces/${traceId}`)).status === 200);
    const { stdout, code } = await hotspan([
      "sql",
      "--data",
      data,
      "--format",
      "csv",
      `SELECT ServiceName, SpanName FROM otel_traces WHERE TraceId = '${traceId}'`,
    ]);
    expect({ stdout, code }).toEqual({
      stdout: '"ServiceName","SpanName"\n"cli-test","GET /cli"\n',
      code: 0,
    });
  });

  test("lets sql read but not write", async () => {
    const rows = await hotspan(["sql", "--data", data, "SELECT number AS n, 'x' AS name FROM numbers(2)"]);
    expect(rows.code).toBe(0);
    expect(rows.stdout).toBe("n  name\n─  ────\n0  x\n1  x\n");
    const write = await hotspan(["sql", "--data", data, "TRUNCATE TABLE otel_traces"]);
    expect(write.code).toBe(1);
    expect(write.stderr).toContain("HOTSPAN_CLI_QUERY_FAILED");
    const wrong = await hotspan(["sql", "--data", data, "SELECT nothing"]);
    expect(wrong.stderr).toMatch(/nothing/);
    expect(wrong.stderr).not.toContain("version");
  });

  test("is found healthy by doctor", async () => {
    const { stdout, code } = await hotspan(["doctor", "--data", data]);
    expect(stdout).toMatch(/ok {4}UI and API ready/);
    expect(stdout).toMatch(/ok {4}ingest ready/);
    expect(stdout).toMatch(/ok {4}ClickHouse [\d.]+ reachable/);
    expect(stdout).not.toMatch(/^fail/m);
    expect(code).toBe(0);
  });

  test("keeps others off its folder, and says whose it is", async () => {
    const { code, stderr } = await hotspan(["up", "--port", "0", "--ingest-port", "0", "--data", data]);
    expect(code).toBe(1);
    expect(stderr).toContain(`another Hotspan (pid ${instance.child.pid}) uses ${data}`);
    expect((await get("/readyz")).status).toBe(200);
  });

  test("gets a killed part back under the same address", async () => {
    const before = readRun(data);
    process.kill(before.pids["correlator"] ?? 0, "SIGKILL");
    await until(
      "the correlator runs again",
      () => readRun(data).pids["correlator"] !== before.pids["correlator"],
    );
    await until("it is ready", async () => (await fetch(`${before.ingestUrl}/readyz`)).status === 200);
    expect(readRun(data).ingestUrl).toBe(before.ingestUrl);
    instance = { ...instance, run: readRun(data) };
  });

  test("asks for tokens at both doors once there is one, and follows their file", async () => {
    const made = await hotspan(["token", "create", "--name", "people", "--scope", "read", "--data", data]);
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("every request needs a token")]);
    const headers = { authorization: `Bearer ${made.stdout.trim()}` };
    const services = async (init: RequestInit = {}): Promise<number> =>
      (await fetch(`${instance.run.url}/api/v1/services`, init)).status;
    const traces = async (init: RequestInit = {}): Promise<number> =>
      (await fetch(`${instance.run.ingestUrl}/v1/traces`, { method: "POST", ...init })).status;
    await until("both ask for it", async () => (await services()) === 401 && (await traces()) === 401);
    expect([await services({ headers }), await traces({ headers })]).toEqual([200, 403]);
    expect((await get("/readyz")).status).toBe(200);
    expect((await hotspan(["token", "revoke", "people", "--data", data])).code).toBe(0);
    await until("it is refused", async () => (await services({ headers })) === 401);
    expect(await services()).toBe(401);
  });

  // The last of these: it ends the instance.
  test("ends within five seconds of SIGTERM, with 0 and nothing left", async () => {
    const { pids } = readRun(data);
    const deadline = AbortSignal.timeout(5000);
    instance.child.kill("SIGTERM");
    const late = once(deadline, "abort").then(() => "late" as const);
    const result = await Promise.race([instance.ended, late]);
    expect(result).toMatchObject({ code: 0 });
    expect(Object.entries(pids).filter(([, pid]) => isAlive(pid))).toEqual([]);
    expect(existsSync(join(data, "run.json"))).toBe(false);
    expect(readdirSync(data)).not.toContain("lock");
  });
});

test("an instance that is killed leaves no process, and its folder can be used again with what was in it", async () => {
  const first = await up(data);
  const { pids } = first.run;
  first.child.kill("SIGKILL");
  await first.ended;
  await until("its children are gone", () => !Object.values(pids).some(isAlive), 10_000);
  const second = await up(data);
  const { stdout } = await hotspan([
    "sql",
    "--data",
    data,
    "--format",
    "tsv",
    "SELECT count() FROM otel_traces",
  ]);
  expect(Number(stdout.split("\n")[1])).toBe(1);
  second.child.kill("SIGINT");
  expect((await second.ended).code).toBe(0);
});

test("a taken port is refused by name before anything starts", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const fresh = join(folder, "fresh");
  try {
    const { code, stderr } = await hotspan([
      "up",
      "--ingest-port",
      "0",
      "--port",
      String(port),
      "--data",
      fresh,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(`--port ${port} is taken by another program: choose another with --port`);
    expect(existsSync(join(fresh, "store"))).toBe(false);
  } finally {
    other.close();
  }
});

test("listening for other machines without a token is refused with 2", async () => {
  const { code, stderr } = await hotspan(["up", "--host", "0.0.0.0", "--data", join(folder, "open")], {
    HOTSPAN_TOKEN: "",
  });
  expect(code).toBe(2);
  expect(stderr).toContain("HOTSPAN_TOKEN");
});
