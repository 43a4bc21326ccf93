import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createStoreClient,
  insertRowBinary,
  migrate,
  RowWriter,
  startEmbedded,
  type EmbeddedOptions,
  type EmbeddedState,
  type EmbeddedStore,
} from "@hotspan/store";

const GiB = 1024 ** 3;
let dataDir: string;
const stores: EmbeddedStore[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "hotspan-embedded-"));
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedStore> {
  const store = await startEmbedded({ dataDir, maxMemoryBytes: GiB, ...options });
  stores.push(store);
  return store;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100 && alive(pid); i++) await sleep(50);
  return !alive(pid);
}

async function sql(store: EmbeddedStore, query: string, user: string = "writer"): Promise<string> {
  const { password, ...rest } =
    user === "default" ? { user, password: "" } : user === "reader" ? store.reader : store.writer;
  const response = await fetch(`${store.httpUrl}/?${new URLSearchParams({ ...rest, password })}`, {
    method: "POST",
    body: query,
  });
  return (await response.text()).trim();
}

test("what was acknowledged before a SIGKILL is there after the restart, on the same ports", async () => {
  const states: EmbeddedState[] = [];
  const store = await start({ onState: (state) => states.push(state) });
  const { pid, httpUrl } = store;
  const client = createStoreClient({ url: httpUrl, ...store.writer, database: store.database });
  await migrate(client, { database: store.database });
  let acknowledged = 0;
  let sent = 0;
  let killed: Promise<void> | undefined;
  for (let failed = false; !failed; ) {
    const row = new RowWriter();
    row.i64(BigInt(Date.now()) * 1_000_000n);
    row.string(String(sent++));
    try {
      await insertRowBinary(client, "otel_traces", ["Timestamp", "TraceId"], row.view());
      acknowledged++;
      killed ??= sleep(300).then(() => store.kill("SIGKILL"));
    } catch (error) {
      if (killed === undefined) throw error;
      failed = true;
    }
  }
  await killed;
  while (states.filter((state) => state.state === "ready").length < 2) await sleep(20);
  expect(acknowledged).toBeGreaterThan(0);
  expect(store.httpUrl).toBe(httpUrl);
  expect(store.pid).not.toBe(pid);
  expect(states.map((state) => state.state)).toEqual(["ready", "restarting", "ready"]);
  const result = await client.query({
    query: "SELECT uniqExact(toUInt32(TraceId)) AS n FROM otel_traces WHERE toUInt32(TraceId) < {n:UInt32}",
    query_params: { n: acknowledged },
    format: "JSONEachRow",
  });
  expect(await result.json()).toEqual([{ n: acknowledged }]);
  await client.close();
});

test("a closed store leaves no process, and its folder opens again with the same passwords", async () => {
  const first = await start();
  await sql(first, "CREATE TABLE hotspan.kept (a Int8) ENGINE = MergeTree ORDER BY a");
  await sql(first, "INSERT INTO hotspan.kept VALUES (1)");
  await Promise.all([first.close(), first.close()]);
  expect(alive(first.pid)).toBe(false);
  const second = await start();
  expect(second.reader).toEqual(first.reader);
  expect(await sql(second, "SELECT a FROM hotspan.kept")).toBe("1");
  expect(statSync(dataDir).mode & 0o077).toBe(0);
});

describe("the server ends with its parent", () => {
  test.each(["SIGKILL", "SIGTERM", "SIGINT", "exit", "throw", "close"])("by %s", async (how) => {
    const parent = fork(new URL("./support/parent.ts", import.meta.url), [dataDir], {
      execArgv: ["--conditions=hotspan-source", "--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const [{ pid }] = (await once(parent, "message")) as [{ pid: number }];
    expect(alive(pid)).toBe(true);
    if (how.startsWith("SIG")) parent.kill(how as NodeJS.Signals);
    else parent.send(how);
    await once(parent, "exit");
    expect(await gone(pid)).toBe(true);
    // Its lock went with it.
    if (how === "SIGKILL") expect(await sql(await start(), "SELECT 1")).toBe("1");
  });
});

test("a folder in use is refused with the process id of who uses it, and taken over when that one is gone", async () => {
  const first = await start();
  await expect(startEmbedded({ dataDir })).rejects.toThrow(
    expect.objectContaining({
      code: "HOTSPAN_STORE_DATA_IN_USE",
      message: expect.stringContaining(String(first.pid)) as string,
    }),
  );
  // The refused start has not disturbed the running one.
  expect(await sql(first, "SELECT 1")).toBe("1");
  await first.close();
  // The file still names the dead process; what counts is that nobody holds the lock.
  expect(readFileSync(join(dataDir, "lock"), "utf8").trim()).toBe(String(first.pid));
  expect(await sql(await start(), "SELECT 1")).toBe("1");
});

test("a port that is taken is said so", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  try {
    await expect(start({ httpPort: port })).rejects.toThrow(
      expect.objectContaining({
        code: "HOTSPAN_STORE_PORT_IN_USE",
        message: expect.stringContaining(String(port)) as string,
      }),
    );
  } finally {
    other.close();
  }
});

test("the ports asked for are the ports given, on loopback only", async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  const store = await start({ httpPort: port });
  expect(store.httpUrl).toBe(`http://127.0.0.1:${port}`);
  const listening = readFileSync("/proc/net/tcp", "utf8") + readFileSync("/proc/net/tcp6", "utf8");
  for (const own of [store.httpPort, store.tcpPort]) {
    const hex = own.toString(16).toUpperCase().padStart(4, "0");
    const sockets = listening.split("\n").filter((line) => new RegExp(`:${hex} [0-9A-F:]+ 0A `).test(line));
    expect(sockets).toHaveLength(1);
    expect(sockets[0]).toContain(`0100007F:${hex}`);
  }
});

test("nobody gets in as the engine's own account, whose password is empty", async () => {
  const store = await start();
  expect(await sql(store, "SELECT 1", "default")).toContain("USER_SESSION_LIMIT_EXCEEDED");
  // And not during or after a restart of the engine either.
  const { pid } = store;
  store.kill();
  const answers = new Set<string>();
  for (let i = 0; i < 200 || store.pid === pid; i++) {
    answers.add(await sql(store, "SELECT 1", "default").catch(() => "refused"));
    await sleep(2);
  }
  expect([...answers].filter((answer) => !/^refused$|USER_SESSION_LIMIT_EXCEEDED/.test(answer))).toEqual([]);
});

test("a query beyond the memory cap fails, the server does not", async () => {
  const store = await start({ maxMemoryBytes: GiB / 2 });
  const answer = await sql(store, "SELECT length(groupArray(toString(number))) FROM numbers(50000000)");
  expect(answer).toContain("MEMORY_LIMIT_EXCEEDED");
  expect(await sql(store, "SELECT 1")).toBe("1");
});

test("readers who together ask for more than there is take nothing from the server", async () => {
  const store = await start();
  const asked = Array.from({ length: 12 }, () =>
    sql(store, "SELECT length(groupArray(number)) FROM numbers(20000000)", "reader"),
  );
  const answers = await Promise.all(asked);
  const refused = answers.filter((answer) => answer !== "20000000");
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) expect(answer).toMatch(/(?:User|Query) memory limit exceeded/);
  expect(await sql(store, "SELECT 1")).toBe("1");
});

test("a server that keeps dying is given up with the last lines of its log", async () => {
  const states: EmbeddedState[] = [];
  const store = await start({ onState: (state) => states.push(state) });
  // The engine refuses metadata it cannot parse, at every start.
  await sql(store, "CREATE TABLE hotspan.broken (a Int8) ENGINE = MergeTree ORDER BY a");
  const metadata = await sql(store, "SELECT metadata_path FROM system.tables WHERE name = 'broken'");
  writeFileSync(join(dataDir, "clickhouse", metadata), "ATTACH TABLE nonsense");
  store.kill();
  while (states.at(-1)?.state !== "failed") await sleep(50);
  const last = states.at(-1);
  expect(last).toMatchObject({
    state: "failed",
    error: {
      code: "HOTSPAN_STORE_START_FAILED",
      message: expect.stringMatching(/keeps dying.*clickhouse\.log[\s\S]*broken/) as string,
    },
  });
  expect(alive(store.pid)).toBe(false);
});
