// Exact figures of one small story, whose samples can be summed by hand (support/story.ts).
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { Profile as Pprof } from "pprof-format";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Profile } from "@hotspan/query-api";
import { startApi, type TestApi } from "./support/api.ts";
import { insertSamples, MS } from "./support/rows.ts";
import { type Story, writeStory } from "./support/story.ts";

const execFileAsync = promisify(execFile);

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

const spanPath = (span: string): string => `/api/v1/traces/${story.traceId}/spans/${span}/profile`;

/** `path → [self, total]` in ms, paths from below the root. */
function flat(profile: Profile): Record<string, [number, number]> {
  const { frame, parent, self, total } = profile.nodes;
  const names: string[] = [];
  const out: Record<string, [number, number]> = {};
  frame.forEach((id, i) => {
    const above = parent[i]! > 0 ? `${names[parent[i]!]!};` : "";
    names[i] = i === 0 ? "" : `${above}${profile.frames[id]!.function}`;
    if (i > 0) out[names[i]!] = [self[i]! / MS, total[i]! / MS];
  });
  return out;
}

describe("profile of a span", () => {
  test("self holds the span's own samples only", async () => {
    const { status, body } = await api.get(spanPath(story.root));
    expect(status).toBe(200);
    expect(body.state).toBe("ready");
    expect(body.profile).toMatchObject({
      type: "wall",
      unit: "nanoseconds",
      total: 30 * MS,
      samples: 3,
      periodNano: 10_101_010,
      startUnixNano: String(story.t0),
      endUnixNano: String(story.t0 + BigInt(100 * MS)),
      truncated: false,
    });
    expect(flat(body.profile)).toEqual({
      main: [0, 30],
      "main;next": [0, 30],
      "main;next;handler": [20, 20],
      "main;next;wait": [10, 10],
    });
    expect(body.profile.frames[2]).toEqual({
      function: "next",
      file: "node_modules/express/lib/router.js",
      line: 280,
      package: "express",
      kind: "dependency",
    });
  });

  test("subtree adds the descendants of every process; sameThread keeps to the span's own", async () => {
    const all = await api.get(`${spanPath(story.root)}?scope=subtree`);
    expect(all.body.profile).toMatchObject({ total: 90 * MS, samples: 9 });
    expect(flat(all.body.profile)["main;load"]).toEqual([20, 20]);
    const same = await api.get(`${spanPath(story.root)}?scope=subtree&sameThread=true`);
    expect(same.body.profile).toMatchObject({ total: 70 * MS, samples: 7 });
    const call = await api.get(`${spanPath(story.call)}?scope=subtree`);
    expect(call.body.profile).toMatchObject({ total: 20 * MS, samples: 2 });
  });

  test("cpu sums CPU time over the same samples", async () => {
    const { body } = await api.get(`${spanPath(story.root)}?type=cpu`);
    expect(body.profile).toMatchObject({ type: "cpu", total: 10 * MS, samples: 3 });
    expect(flat(body.profile)["main;next;wait"]).toEqual([0, 0]);
  });

  test("a sampled span in which nothing ran is ready and empty", async () => {
    const { body } = await api.get(spanPath(story.call));
    expect(body.state).toBe("ready");
    expect(body.profile).toMatchObject({ total: 0, samples: 0, nodes: { parent: [-1], total: [0] } });
  });

  test("filters combine: focus, hide, show, highlight", async () => {
    const url = (query: string): string => `${spanPath(story.render)}?${query}`;
    const hidden = await api.get(url("hide=%5Eexpress/&highlight=JSON"));
    expect(flat(hidden.body.profile)).toEqual({
      main: [0, 40],
      "main;render": [10, 40],
      "main;render;JSON.parse": [20, 20],
      "main;render;escape": [10, 10],
    });
    expect(hidden.body.profile.nodes.highlighted).toEqual([false, false, false, true, false]);
    const shown = await api.get(url("show=JSON&show=escape"));
    expect(flat(shown.body.profile)).toEqual({ "JSON.parse": [20, 20], escape: [10, 10] });
    expect(shown.body.profile.nodes.self[0]).toBe(10 * MS);
    const focused = await api.get(url("focus=escape&hide=main"));
    expect(flat(focused.body.profile)).toEqual({
      next: [0, 10],
      "next;render": [0, 10],
      "next;render;escape": [10, 10],
    });
  });

  test("maxNodes folds the rest into `other` and keeps the sums", async () => {
    const { body } = await api.get(`${spanPath(story.root)}?scope=subtree&maxNodes=5`);
    expect(body.profile.nodes.frame.length).toBeLessThanOrEqual(5);
    expect(body.profile).toMatchObject({ truncated: true, total: 90 * MS });
    expect(body.profile.nodes.self.reduce((a: number, b: number) => a + b, 0)).toBe(90 * MS);
    expect(body.profile.frames.map((frame: { function: string }) => frame.function)).toContain("other");
  });

  test("aggregateUrl leads to the same endpoint over the hour around", async () => {
    const { body } = await api.get(spanPath(story.root));
    expect(body.aggregateUrl).toMatch(/^\/api\/v1\/profiles\?service=web&endpoint=GET\+%2Fcart&/);
    const whole = await api.get(body.aggregateUrl);
    expect(whole.body).toMatchObject({ total: 70 * MS, samples: 7 });
  });

  test("an unknown span or trace is 404", async () => {
    for (const [path, code] of [
      [spanPath("00000000000000ff"), "span_not_found"],
      [`${spanPath("00000000000000ff")}?scope=subtree`, "span_not_found"],
      [`/api/v1/traces/${"f".repeat(32)}/spans/${story.root}/profile`, "span_not_found"],
      [`/api/v1/traces/${"f".repeat(32)}/profile`, "trace_not_found"],
      [`/api/v1/traces/${"f".repeat(32)}`, "trace_not_found"],
    ] as const) {
      const { status, body, headers } = await api.get(path);
      expect([status, body.code]).toEqual([404, code]);
      expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({ status: 404, requestId: headers.get("x-request-id") });
    }
  });

  test("a settled answer has an ETag, and is not sent twice", async () => {
    for (const path of [
      spanPath(story.root),
      `/api/v1/traces/${story.traceId}`,
      `${spanPath(story.root)}?format=pprof`,
    ]) {
      const first = await api.get(path);
      const etag = first.headers.get("etag")!;
      expect(etag).toMatch(/^"[\w-]{27}"$/);
      const again = await api.get(path, { "if-none-match": etag });
      expect(again.status).toBe(304);
      expect(again.bytes).toHaveLength(0);
      expect((await api.get(path, { "if-none-match": '"x"' })).status).toBe(200);
    }
  });
});

describe("profile of a trace and of a selection", () => {
  test("a trace's profile holds all its samples", async () => {
    const { body } = await api.get(`/api/v1/traces/${story.traceId}/profile`);
    expect(body.state).toBe("ready");
    expect(body.profile).toMatchObject({ total: 90 * MS, samples: 9 });
  });

  test.each([
    ["service=web", 80],
    ["service=web&service=cart", 100],
    ["endpoint=GET%20/cart", 70],
    ["operation=render", 40],
    ["operation=render&operation=GET%20/items", 60],
    ["service=web&operation=GET%20/items", 0],
    ["version=3.0.0", 20],
    ["version=3.0.0&version=1.2.0", 100],
    ["version=3.0.0&environment=dev", 0],
    ["zone=eu-1&environment=prod", 80],
    [`instance=${"b".repeat(32)}`, 20],
    ["thread=0", 100],
    ["thread=1", 0],
    ["label=tenant:acme", 40],
    ["label=tenant:acme&label=tenant:zeta", 40],
    ["label=tenant:zeta", 0],
    ["service=nope", 0],
  ])("%s selects %d ms", async (query, ms) => {
    const { status, body } = await api.get(`/api/v1/profiles?${query}`);
    expect(status).toBe(200);
    expect(body.total).toBe(ms * MS);
    expect(body.samples).toBe(ms / 10);
  });

  test("from is inclusive, to exclusive", async () => {
    const ms = (n: number): string => new Date(Number(story.t0 / 1_000_000n) + n).toISOString();
    const total = async (from: number, to: number): Promise<number> =>
      (await api.get(`/api/v1/profiles?service=web&from=${ms(from)}&to=${ms(to)}`)).body.total / MS;
    expect(await total(2, 6)).toBe(10);
    expect(await total(2, 7)).toBe(20);
    expect(await total(3, 6)).toBe(0);
  });

  test("whole ten minutes, which are read as sums, and what lies around them add up", async () => {
    const bucket = 600_000n * BigInt(MS);
    const first = (story.t0 / bucket - 8n) * bucket;
    const sample = {
      service: "slots",
      instance: "c".repeat(32),
      stack: ["main@src/main.ts:1|slots|app"],
      cpu: 0,
    };
    // A tick at both sides of each edge and within each ten minutes; each has a bit of the sum.
    const ticks = [0n, 1n, 2n, 3n].flatMap((n) => [
      first + n * bucket,
      first + n * bucket + bucket / 2n,
      first + (n + 1n) * bucket - BigInt(MS),
    ]);
    await insertSamples(
      store.writer,
      ticks.map((at, i) => ({ ...sample, at, endpoint: i % 2 === 0 ? "GET /a" : "GET /b", wall: 2 ** i })),
    );
    const edges = [...new Set(ticks.flatMap((at) => [at - BigInt(MS), at, at + BigInt(MS)]))];
    for (const from of edges)
      for (const to of edges.filter((_, i) => i % 3 === 0)) {
        if (to <= from) continue;
        const range = `from=${from / BigInt(MS)}&to=${to / BigInt(MS)}`;
        const within = ticks.map((at, i) => (at >= from && at < to ? 2 ** i : 0));
        const all = await api.get(`/api/v1/profiles?service=slots&${range}`);
        expect(all.body.total).toBe(within.reduce((sum, one) => sum + one, 0));
        expect(all.body.samples).toBe(within.filter((one) => one > 0).length);
      }
    const some = await api.get(
      `/api/v1/profiles?service=slots&endpoint=GET%20/a&from=${first / BigInt(MS)}&to=${(first + 4n * bucket) / BigInt(MS)}`,
    );
    expect(some.body.total).toBe(0b010101010101);
  });

  test("cpu and heap have their own units", async () => {
    expect((await api.get("/api/v1/profiles?service=web&type=cpu")).body).toMatchObject({
      type: "cpu",
      total: 35 * MS,
    });
    expect((await api.get("/api/v1/profiles?service=web&type=heap_inuse")).body).toMatchObject({
      type: "heap_inuse",
      unit: "bytes",
      total: 4096,
      periodNano: 0,
    });
    expect((await api.get("/api/v1/profiles?type=heap_alloc")).body).toMatchObject({ total: 0, samples: 0 });
  });

  test("a heap in use is that of the latest profile of each thread within the range", async () => {
    const at = (story.t0 / 600_000_000_000n - 12n) * 600_000_000_000n;
    const sample = (thread: number, seconds: number, bytes: number, name: string) => ({
      service: "heaps",
      type: "heap_inuse",
      instance: "6".repeat(32),
      thread,
      at: at + BigInt(seconds) * 1_000_000_000n,
      stack: [`${name}@src/a.ts:1|heaps|app`],
      wall: bytes,
      cpu: 0,
    });
    await insertSamples(store.writer, [
      sample(0, 0, 1, "early"),
      // Whole ten minutes and more, which sums are read over in parts.
      sample(0, 1200, 10, "late"),
      sample(0, 1200, 20, "later"),
      sample(1, 600, 100, "worker"),
      sample(0, 3000, 1000, "beyond"),
    ]);
    const from = at / BigInt(MS) - 1000n;
    const heap = async (to: bigint) =>
      (await api.get(`/api/v1/profiles?service=heaps&type=heap_inuse&from=${from}&to=${to}`)).body;
    expect(await heap(at / BigInt(MS) + 2_000_000n)).toMatchObject({ unit: "bytes", total: 130 });
    expect(await heap(at / BigInt(MS) + 1000n)).toMatchObject({ total: 1 });
  });

  test("top functions by self, recursion once, limited", async () => {
    const { body } = await api.get("/api/v1/profiles/top?service=web&limit=2");
    expect(body.functions).toEqual([
      { function: "JSON.parse", package: "v8", self: 20 * MS, total: 20 * MS, samples: 2 },
      { function: "handler", package: "web", self: 20 * MS, total: 20 * MS, samples: 2 },
    ]);
    const hidden = await api.get("/api/v1/profiles/top?service=web&hide=v8/");
    expect(hidden.body.functions[0]).toMatchObject({ function: "render", self: 30 * MS, total: 40 * MS });
  });
});

describe("files for other tools", () => {
  test("pprof: what it decodes to sums up to the same, by span", async () => {
    const { status, headers, bytes } = await api.get(`${spanPath(story.root)}?scope=subtree&format=pprof`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/octet-stream");
    const profile = Pprof.decode(gunzipSync(bytes));
    const strings = profile.stringTable.strings;
    const sums: Record<string, [number, number]> = {};
    for (const sample of profile.sample) {
      const span = sample.label.find((label) => strings[Number(label.key)] === "span_id")!;
      const sum = (sums[strings[Number(span.str)]!] ??= [0, 0]);
      sum[0] += Number(sample.value[0]) / MS;
      sum[1] += Number(sample.value[1]) / MS;
    }
    expect(sums).toEqual({ [story.root]: [30, 10], [story.render]: [40, 20], [story.items]: [20, 20] });
    expect(profile.timeNanos).toBe(story.t0);
  });

  const go = "go";
  const hasGo = spawnSync(go, ["version"]).status === 0;
  if (!hasGo) {
    if (process.env["CI"] === "true") throw new Error("no `go` to try `go tool pprof` with");
    console.warn("SKIPPED: no `go` on this machine, so `go tool pprof` is not tried");
  }
  // Newer releases of Go compile the tool when it is first used, which on two busy cores takes minutes.
  test.skipIf(!hasGo)("pprof: go tool pprof opens it and agrees", { timeout: 900_000 }, async () => {
    const { bytes } = await api.get(`${spanPath(story.root)}?scope=subtree&format=pprof`);
    const dir = mkdtempSync(join(tmpdir(), "hotspan-pprof-"));
    try {
      const file = join(dir, "span.pb.gz");
      writeFileSync(file, bytes);
      // Not to be waited for by this thread: the server answers on it, and drops connections that it takes for idle.
      const top = await execFileAsync(go, ["tool", "pprof", "-top", "-unit=ms", file], {
        env: { ...process.env, PPROF_TMPDIR: dir, GOTELEMETRY: "off" },
      });
      expect(top.stdout).toMatch(/Type: wall/);
      expect(top.stdout).toMatch(/Showing nodes accounting for 90ms, 100% of 90ms total/);
      expect(top.stdout).toMatch(/^\s*20ms\s+22\.22%\s+\S+\s+20ms\s+22\.22%\s+JSON\.parse/m);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("collapsed stacks", async () => {
    const { headers, body } = await api.get(`${spanPath(story.render)}?format=collapsed`);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(body).toBe(
      "main;next;render 10000000\nmain;next;render;JSON.parse 20000000\nmain;next;render;escape 10000000\n",
    );
  });

  test("speedscope", async () => {
    const { body } = await api.get("/api/v1/profiles?service=cart&format=speedscope");
    expect(body.profiles[0]).toMatchObject({
      type: "sampled",
      unit: "nanoseconds",
      endValue: 20 * MS,
      weights: [20 * MS],
    });
    expect(body.profiles[0].samples).toEqual([[0, 1]]);
    expect(body.shared.frames[1]).toEqual({ name: "load", file: "src/cart.ts", line: 20 });
  });
});
