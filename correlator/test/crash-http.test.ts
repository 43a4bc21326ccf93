import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, test } from "vitest";
import { expectStoredOnce, kills, random, seed, sendUntil } from "./support/ingest.ts";
import { post } from "./support/windows.ts";
import { type Child, killStore, startChild, startWorld, type World } from "./support/world.ts";

let world: World;
const children: Child[] = [];

beforeAll(async () => {
  world = await startWorld();
  console.info(`HOTSPAN_TEST_SEED=${seed}`);
});
beforeEach(() => {
  children.length = 0;
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") for (const child of children) console.log(child.log().slice(-6000));
  await Promise.all(children.map((child) => child.kill("SIGTERM")));
});
afterAll(async () => {
  await world?.close();
});

test("every acknowledged profile is stored once after kill -9 of the store during ingest", async () => {
  const next = random(seed);
  const child = await startChild(world, { HOTSPAN_DATA: join(world.folder, "a") });
  children.push(child);
  const over = new AbortController();
  const sending = sendUntil(over.signal, async ({ value }) => (await post(child.url, value)) === 202);
  for (let i = 0; i < kills; i++) {
    await sleep(300 + next() * 900);
    await killStore(world, next());
  }
  await sleep(500);
  over.abort();
  await expectStoredOnce(world, await sending);
});

test("every acknowledged profile is stored once after kill -9 of the correlator during ingest", async () => {
  const next = random(seed + 1);
  const env = { HOTSPAN_DATA: join(world.folder, "b") };
  let child = await startChild(world, env);
  const over = new AbortController();
  const sending = sendUntil(over.signal, async ({ value }) => (await post(child.url, value)) === 202);
  for (let i = 0; i < kills; i++) {
    await sleep(200 + next() * 900);
    await child.kill("SIGKILL");
    child = await startChild(world, env);
  }
  children.push(child);
  await sleep(300);
  over.abort();
  await expectStoredOnce(world, await sending);
});
