import { afterAll, beforeAll, expect, test } from "vitest";
import { type Child, startChild, startWorld, type World } from "./support/world.ts";
import { newInstance } from "./support/windows.ts";

let world: World;
let child: Child;

beforeAll(async () => {
  world = await startWorld();
  child = await startChild(world, {
    HOTSPAN_TOKEN: "s3cret",
    HOTSPAN_SCHEDULE_LEASE_MS: "3000",
    HOTSPAN_SCHEDULE_POLL_MS: "500",
  });
});
afterAll(async () => {
  await child?.kill("SIGTERM");
  await world?.close();
});

const headers = { authorization: "Bearer s3cret" };

async function ask(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(child.url + path, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
async function order(
  body: unknown,
  type = "application/json",
): Promise<{ status: number; location: string | null; body: Record<string, unknown> }> {
  const response = await fetch(`${child.url}/v1/agent/profile`, {
    method: "POST",
    headers: { ...headers, "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    location: response.headers.get("location"),
    body: (await response.json()) as Record<string, unknown>,
  };
}
const schedule = (fields: Record<string, string>) =>
  ask(`/v1/agent/schedule?${new URLSearchParams(fields).toString()}`);

test("of several replicas one is told to collect, until the end of the lease", async () => {
  const replicas = Array.from({ length: 5 }, newInstance);
  const round = async (): Promise<string[]> => {
    const collecting: string[] = [];
    for (const instance of replicas) {
      const { status, body } = await schedule({ service: "fleet", version: "1", instance });
      expect(status).toBe(200);
      expect(Object.keys(body).toSorted()).toEqual([
        "leaseUntilUnixNano",
        "mode",
        "nowUnixNano",
        "periodNano",
        "pollMs",
        "state",
        "windowMs",
      ]);
      if (body["state"] === "collect") collecting.push(instance);
    }
    return collecting;
  };
  await round();
  // A slot may end within a round, so most rounds have to agree, not all.
  const counts: number[] = [];
  for (let i = 0; i < 5; i++) counts.push((await round()).length);
  expect(counts.filter((count) => count === 1).length).toBeGreaterThanOrEqual(4);
});

test("a profile on demand is ordered, taken up, and told of", async () => {
  const instance = newInstance();
  const asking = { service: "wanted", version: "7", instance, mode: "on-demand" };
  expect((await schedule(asking)).body).toMatchObject({ state: "pause" });
  const ordered = await order({ service: "wanted", seconds: 1, hz: 500 });
  expect(ordered).toMatchObject({ status: 202, body: { state: "waiting", agents: 1 } });
  expect((await schedule(asking)).body).toMatchObject({
    state: "collect",
    mode: "on_demand",
    periodNano: 2e6,
  });
  const at = ordered.location ?? "";
  expect((await ask(at)).body).toMatchObject({
    state: "collecting",
    instances: [{ instance, version: "7" }],
  });
  await expect.poll(async () => (await ask(at)).body["state"], { timeout: 5000 }).toBe("done");
  expect((await schedule(asking)).body).toMatchObject({ state: "pause" });
});

test("what cannot be understood is refused with its code", async () => {
  const instance = newInstance();
  const refused = { status: 400, body: { code: "bad_parameter" } };
  expect(await schedule({ version: "1", instance })).toMatchObject(refused);
  expect(await schedule({ service: "a" })).toMatchObject(refused);
  expect(await schedule({ service: "a", instance: "nonsense" })).toMatchObject(refused);
  expect(await schedule({ service: "a", instance, mode: "sometimes" })).toMatchObject(refused);
  expect(await schedule({ service: "a".repeat(300), instance })).toMatchObject(refused);
  for (const body of [
    "nonsense",
    "[]",
    {},
    { service: "a", seconds: 0, hz: 99 },
    { service: "a", seconds: 601, hz: 99 },
    { service: "a", seconds: 10, hz: 1001 },
    { service: "a", seconds: 10, hz: "99" },
    { service: "a", seconds: 10, hz: 99, instance: "x" },
  ])
    expect(await order(body)).toMatchObject(refused);
  expect(await order({ service: "a", seconds: 1, hz: 1 }, "text/plain")).toMatchObject({
    status: 415,
    body: { code: "unsupported_media_type" },
  });
  expect(await ask("/v1/agent/profile/none")).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await order({ service: "a".repeat(5000), seconds: 1, hz: 1 })).toMatchObject({ status: 413 });
});

test("the doors ask for the token", async () => {
  for (const path of ["/v1/agent/schedule?service=a", "/v1/agent/profile/x"])
    expect((await fetch(child.url + path)).status).toBe(401);
  expect((await fetch(`${child.url}/v1/agent/profile`, { method: "POST" })).status).toBe(401);
});

test("a lease or a share out of range is named", async () => {
  await expect(startChild(world, { HOTSPAN_SCHEDULE_LEASE_MS: "5" })).rejects.toThrow(
    /ended with 2.*HOTSPAN_SCHEDULE_LEASE_MS/s,
  );
});
