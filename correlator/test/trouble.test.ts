import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Proxy, startProxy } from "./support/proxy.ts";
import { expectStoredOnce } from "./support/ingest.ts";
import { message, newInstance, post } from "./support/windows.ts";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

let world: World;
let proxy: Proxy;
let child: Child;

beforeAll(async () => {
  world = await startWorld();
  proxy = await startProxy(world.clickhouse.url);
  child = await startChild(world, { HOTSPAN_CLICKHOUSE_URL: proxy.url });
  await eventually("ready", async () => (await fetch(`${child.url}/readyz`)).status === 200);
});
afterAll(async () => {
  await child?.kill("SIGTERM");
  await proxy?.close();
  await world?.close();
});

const reasons = async (): Promise<string> => (await fetch(`${child.url}/readyz`)).text();

// Asked of a real server, through settings that make it refuse.
test.each([
  ["read-only", { readonly: "1" }, /may only read|READONLY/],
  ["out of memory", { max_memory_usage: "20000" }, /no memory left/],
] as const)(
  "while ClickHouse is %s windows wait, and are stored once afterwards",
  async (_, settings, said) => {
    const instance = newInstance();
    proxy.settings = settings;
    const sent = await Promise.all([0, 1, 2].map((seq) => message({ instance, seq })));
    for (const one of sent) expect(await post(child.url, one.value)).toBe(202);
    await eventually("said why", async () => said.test(await reasons()), 60);
    const { passed } = proxy;
    // It tries again, and goes on refusing.
    await eventually("tried again", () => Promise.resolve(proxy.passed > passed + 5), 120);
    expect(await world.count(`SELECT count() FROM profile_windows WHERE Instance = '${instance}'`)).toBe(0);
    proxy.settings = {};
    await expectStoredOnce(world, sent);
    await eventually("ready again", async () => (await fetch(`${child.url}/readyz`)).status === 200, 60);
  },
);

test("a slow ClickHouse stores each window once", async () => {
  const instance = newInstance();
  proxy.delayMs = 1500;
  const sent = await Promise.all([0, 1, 2].map((seq) => message({ instance, seq })));
  for (const one of sent) expect(await post(child.url, one.value)).toBe(202);
  await expectStoredOnce(world, sent);
  proxy.delayMs = 0;
});

test("a limit of the room that data may take stops ingest, and a larger one lets it go on", async () => {
  const data = { HOTSPAN_DATA: join(world.folder, "limited") };
  const limited = await startChild(world, { ...data, HOTSPAN_MAX_DISK: "1kB" });
  const instance = newInstance();
  const sent = await message({ instance, seq: 0 });
  await eventually(
    "paused",
    async () =>
      (await fetch(`${limited.url}/readyz`)).status === 503 &&
      (await (await fetch(`${limited.url}/readyz`)).text()).includes("--max-disk"),
  );
  const response = await fetch(`${limited.url}/v1/profiles`, {
    method: "POST",
    headers: { "content-type": "application/vnd.hotspan.window+protobuf", "content-encoding": "zstd" },
    body: new Uint8Array(sent.value),
  });
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "10"]);
  expect(await response.json()).toMatchObject({
    code: "store_unavailable",
    detail: expect.stringContaining("allowed are 1.0 kB"),
  });
  expect(await (await fetch(`${limited.url}/metrics`)).text()).toContain(
    'hotspan_correlator_paused{place="limit"} 1',
  );
  // Deleting is what makes room: it is not refused.
  expect((await fetch(`${limited.url}/v1/data?service=nobody`, { method: "DELETE" })).status).toBe(202);
  await limited.kill("SIGTERM");
  const wide = await startChild(world, { ...data, HOTSPAN_MAX_DISK: "10GiB" });
  await eventually("ready", async () => (await fetch(`${wide.url}/readyz`)).status === 200);
  expect(await post(wide.url, sent.value)).toBe(202);
  await expectStoredOnce(world, [sent]);
  await wide.kill("SIGTERM");
  await expect(startChild(world, { ...data, HOTSPAN_MAX_DISK: "much" })).rejects.toThrow(
    /ended with 2.*write it as 20GB/s,
  );
});

test("none of that made a dead letter", async () => {
  for (const folder of ["data", "limited"])
    expect(
      (await readFile(join(world.folder, folder, "dlq/http.jsonl"), "utf8").catch(() => "")).trim(),
    ).toBe("");
});
