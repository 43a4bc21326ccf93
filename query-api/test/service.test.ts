// The process: how it starts, ends, survives the store, and lets go of what nobody waits for.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { type Story, writeStory } from "./support/story.ts";

let store: TestStore;
let story: Story;
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const execArgv = ["--conditions=hotspan-source"];

beforeAll(async () => {
  store = await testStore();
  story = await writeStory(store);
});
afterAll(async () => {
  await store?.close();
});

const env = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOTSPAN_PORT: "0",
  HOTSPAN_LOG_LEVEL: "info",
  HOTSPAN_CLICKHOUSE_URL: store.store.httpUrl,
  HOTSPAN_CLICKHOUSE_DATABASE: store.store.database,
  HOTSPAN_CLICKHOUSE_USER: store.store.reader.user,
  HOTSPAN_CLICKHOUSE_PASSWORD: store.store.reader.password,
  ...more,
});

async function start(more: Record<string, string> = {}): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(main, { execArgv, env: env(more), stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const [message] = (await once(child, "message")) as [{ type: string; url: string }];
  expect(message.type).toBe("listening");
  return { child, url: message.url };
}

test("the process says where it listens, and SIGTERM, SIGINT or a lost parent end it with 0", async () => {
  for (const end of ["SIGTERM", "SIGINT", "disconnect"] as const) {
    const { child, url } = await start();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const exit = once(child, "exit");
    if (end === "disconnect") child.disconnect();
    else child.kill(end);
    expect(await exit).toEqual([0, null]);
  }
});

test("SIGTERM ends the process within 4 s while a query runs", async () => {
  const { child, url } = await start();
  const query = fetch(`${url}/api/v1/sql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      query: "SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 7",
      timeoutMs: 30_000,
    }),
  }).catch((error: unknown) => error);
  await running("sipHash64", 1);
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  expect(await Promise.race([exit, sleep(4_000, "too late")])).toEqual([0, null]);
  await query;
  await running("sipHash64", 0);
});

test.each([
  ["0.0.0.0 without a token", { HOTSPAN_HOST: "0.0.0.0" }, /HOTSPAN_TOKEN/],
  ["no store", { HOTSPAN_CLICKHOUSE_URL: "" }, /HOTSPAN_CLICKHOUSE_URL/],
  ["a port that is none", { HOTSPAN_PORT: "http" }, /HOTSPAN_PORT/],
])("%s: exit code 2, in words", async (_what, more, words) => {
  const child = spawn(process.execPath, [...execArgv, main], {
    env: env(more),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  expect(await once(child, "exit")).toEqual([2, null]);
  expect(text).toMatch(words);
});

/** Waits until so many statements that contain `text` run on the server. */
async function running(text: string, count: number): Promise<void> {
  // Less than the statements may take.
  for (let i = 0; i < 400; i++) {
    const [row] = await store.rows<{ n: string }>(
      "SELECT count() AS n FROM system.processes WHERE position(query, {text:String}) > 0 AND position(query, 'system.processes') = 0",
      { text },
    );
    if (Number(row?.n) === count) return;
    await sleep(50);
  }
  throw new Error(`still not ${count} running`);
}

async function withApi(
  config: Parameters<typeof startApi>[1],
  use: (api: TestApi) => Promise<void>,
): Promise<void> {
  const api = await startApi(store, config);
  try {
    await use(api);
  } finally {
    await api.close();
  }
}

test("closing the connection cancels the query in ClickHouse", async () => {
  await withApi({}, async (api) => {
    for (const [format, accept] of [
      ["json", "*/*"],
      ["csv", "*/*"],
      ["json", "text/event-stream"],
    ] as const) {
      const gone = new AbortController();
      const answer = fetch(`${api.url}/api/v1/sql`, {
        method: "POST",
        signal: gone.signal,
        headers: { "content-type": "application/json", accept },
        body: JSON.stringify({
          query: "SELECT count() FROM numbers(1e13) WHERE cityHash64(number) = 7",
          format,
          timeoutMs: 30_000,
        }),
      })
        .then((response) => response.text())
        .catch((error: unknown) => error);
      await running("cityHash64", 1);
      gone.abort();
      expect(await answer).toBeInstanceOf(DOMException);
      await running("cityHash64", 0);
    }
  });
});

test("while the store is away it is 503, and afterwards all is as before", async () => {
  await withApi({}, async (api) => {
    const path = `/api/v1/traces/${story.traceId}/spans/${story.root}/profile`;
    const before = await api.get(path);
    expect(before.status).toBe(200);
    store.store.kill("SIGKILL");
    let away = await api.get(path);
    for (let i = 0; away.status === 200 && i < 100; i++) away = await api.get(path);
    expect([away.status, away.body.code]).toEqual([503, "store_unavailable"]);
    expect(away.headers.get("retry-after")).toBe("2");
    expect((await api.get("/healthz")).status).toBe(200);
    for (let i = 0; i < 200; i++) {
      away = await api.get(path);
      if (away.status === 200) break;
      expect(away.body.code).toBe("store_unavailable");
      await sleep(100);
    }
    expect(away.body).toEqual(before.body);
    expect((await api.get("/readyz")).status).toBe(200);
  });
});

test("a store that never answers is 503, and one without tables is not ready", async () => {
  await withApi({ clickhouse: { url: "http://127.0.0.1:9", user: "reader", password: "" } }, async (api) => {
    expect((await api.get("/healthz")).status).toBe(200);
    for (const path of ["/readyz", "/api/v1/services", "/api/v1/traces"])
      expect((await api.get(path)).body).toMatchObject({ code: "store_unavailable", status: 503 });
    expect((await api.post("/api/v1/sql", { query: "SELECT 1" })).status).toBe(503);
  });
});

test("an empty database gives empty answers", async () => {
  const empty = await testStore();
  const api = await startApi(empty);
  try {
    expect((await api.get("/readyz")).status).toBe(200);
    expect((await api.get("/api/v1/services")).body).toEqual({ services: [] });
    expect((await api.get("/api/v1/traces")).body).toEqual({ traces: [] });
    expect((await api.get("/api/v1/latency-heatmap")).body.cells).toEqual([]);
    expect((await api.get("/api/v1/profiles")).body).toMatchObject({ total: 0, samples: 0 });
    expect((await api.get("/api/v1/profiles/top")).body).toEqual({ functions: [] });
    expect((await api.get("/api/v1/profiles?format=pprof")).status).toBe(200);
    expect((await api.get(`/api/v1/traces/${"a".repeat(32)}`)).body.code).toBe("trace_not_found");
  } finally {
    await api.close();
    await empty.close();
  }
});

test("a token, when set, is needed for the API and nothing else", async () => {
  await withApi({ token: "s3cret" }, async (api) => {
    const refused = await api.get("/api/v1/services");
    expect([refused.status, refused.body.code]).toEqual([401, "unauthorized"]);
    expect(refused.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect((await api.get("/api/v1/services", { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await api.get("/api/v1/services", { authorization: "Bearer s3cret" })).status).toBe(200);
    expect((await api.get("/healthz")).status).toBe(200);
    expect((await api.get("/readyz")).status).toBe(200);
  });
});

test("the UI's files are served under any base path, its page to navigation only", async () => {
  const uiDir = mkdtempSync(join(tmpdir(), "hotspan-ui-"));
  mkdirSync(join(uiDir, "assets"));
  writeFileSync(
    join(uiDir, "index.html"),
    "<!doctype html><html><head><title>Hotspan</title></head><body></body></html>",
  );
  writeFileSync(join(uiDir, "assets/app-abc.js"), "export {};");
  try {
    for (const basePath of ["", "/hot/span"])
      await withApi({ uiDir, basePath }, async (api) => {
        const page = { accept: "text/html,*/*" };
        for (const path of ["/", "/trace/abc/span/def?x=1"]) {
          const { status, body, headers } = await api.get(path, page);
          expect(status).toBe(200);
          expect(body).toContain(`<base href="${basePath}/">`);
          expect(headers.get("content-security-policy")).toContain("script-src 'self'");
          expect(headers.get("cache-control")).toBe("no-cache");
        }
        const asset = await api.get("/assets/app-abc.js");
        expect(asset.status).toBe(200);
        expect(asset.headers.get("cache-control")).toContain("immutable");
        expect(asset.headers.get("content-type")).toMatch(/javascript/);
        for (const [path, headers] of [
          ["/assets/gone.js", {}],
          ["/trace/abc", { accept: "application/json" }],
          ["/api/v1/nope", page],
          ["/assets/..%2f..%2fetc/passwd", {}],
        ] as const)
          expect((await api.get(path, headers)).status, path).toBeGreaterThanOrEqual(400);
        // As other tools write ids.
        for (const write of [(id: string) => id, (id: string) => id.toUpperCase()]) {
          const open = await api.get(`/open/${write(story.traceId)}/${write(story.root)}`);
          expect(open.status).toBe(302);
          expect(open.headers.get("location")).toBe(`${basePath}/trace/${story.traceId}/span/${story.root}`);
          const trace = await api.get(`/open/${write(story.traceId)}`);
          expect(trace.headers.get("location")).toBe(`${basePath}/trace/${story.traceId}`);
        }
        const short = await api.get("/open/1a2B/c3");
        expect(short.headers.get("location")).toBe(
          `${basePath}/trace/${"0".repeat(28)}1a2b/span/${"0".repeat(14)}c3`,
        );
        for (const path of [`/open/${"a".repeat(33)}/1`, "/open/xyz/1", "/open/1/xyz", "/open//1"])
          expect((await api.get(path)).status, path).toBeGreaterThanOrEqual(400);
        expect((await api.get("/api/v1/services")).status).toBe(200);
      });
  } finally {
    rmSync(uiDir, { recursive: true });
  }
});

test("a build beside a running server takes nothing away from its pages", async () => {
  const uiDir = mkdtempSync(join(tmpdir(), "hotspan-ui-"));
  const build = (hash: string): void => {
    rmSync(join(uiDir, "assets"), { recursive: true, force: true });
    mkdirSync(join(uiDir, "assets"));
    writeFileSync(join(uiDir, `assets/index-${hash}.js`), `"${hash.repeat(200)}";`);
    writeFileSync(
      join(uiDir, "index.html"),
      `<!doctype html><html><head><script type="module" src="./assets/index-${hash}.js"></script></head></html>`,
    );
  };
  const named = async (api: TestApi): ReturnType<TestApi["get"]> => {
    const { body } = await api.get("/", { accept: "text/html" });
    return api.get(`/${/src="\.\/([^"]+)"/.exec(body)?.[1]}`);
  };
  try {
    build("old");
    await withApi({ uiDir }, async (api) => {
      build("new");
      expect(await named(api)).toMatchObject({ status: 200, body: `"${"old".repeat(200)}";` });
      const { headers } = await api.get("/", { accept: "text/html" });
      const again = await api.get("/", { accept: "text/html", "if-none-match": headers.get("etag") ?? "" });
      expect([again.status, again.body]).toEqual([304, ""]);
      const plain = await api.get("/assets/index-old.js", { "accept-encoding": "identity" });
      expect([plain.headers.get("content-encoding"), plain.body.length]).toEqual([null, 603]);
      expect((await named(api)).headers.get("content-encoding")).toBe("gzip");
    });
    await withApi({ uiDir }, async (api) => {
      expect(await named(api)).toMatchObject({ status: 200, body: `"${"new".repeat(200)}";` });
    });
    // Half of it is there, as while it is written.
    rmSync(join(uiDir, "assets/index-new.js"));
    const late = setTimeout(() => build("late"), 300);
    await withApi({ uiDir }, async (api) => {
      expect(await named(api)).toMatchObject({ status: 200, body: `"${"late".repeat(200)}";` });
    });
    clearTimeout(late);
  } finally {
    rmSync(uiDir, { recursive: true });
  }
});
