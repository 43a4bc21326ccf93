import { afterAll, beforeAll, expect, test } from "vitest";
import { createToken } from "@hotspan/access";
import { startCorrelator } from "@hotspan/correlator";
import { join } from "node:path";
import { type Child, eventually, startChild, startWorld, storeAway, type World } from "./support/world.ts";
import { message, newInstance, post } from "./support/windows.ts";

let world: World;
let child: Child;

beforeAll(async () => {
  world = await startWorld();
  child = await startChild(world);
  await eventually("ready", async () => (await fetch(`${child.url}/readyz`)).status === 200);
});
afterAll(async () => {
  await child?.kill("SIGTERM");
  await world?.close();
});

test("a window that was answered 202 can be queried, with all its samples", async () => {
  const instance = newInstance();
  const sent = await message({ instance, seq: 0 });
  expect(await post(child.url, sent.value)).toBe(202);
  await eventually(
    "window stored",
    async () =>
      (await world.count(`SELECT count() FROM profile_windows WHERE Instance = '${instance}'`)) === 1,
  );
  expect(await world.count(`SELECT count() FROM profile_samples WHERE Instance = '${instance}'`)).toBe(
    sent.samples,
  );
});

test("a window sent twice is stored once", async () => {
  const instance = newInstance();
  const sent = await message({ instance, seq: 0 });
  const marker = await message({ instance, seq: 1 });
  for (let i = 0; i < 3; i++) expect(await post(child.url, sent.value)).toBe(202);
  await eventually(
    "stored",
    async () =>
      (await world.count(`SELECT count() FROM profile_windows WHERE Instance = '${instance}'`)) >= 1,
  );
  // Under a later cut, too.
  expect(await post(child.url, sent.value)).toBe(202);
  expect(await post(child.url, marker.value)).toBe(202);
  await eventually(
    "marker stored",
    async () =>
      (await world.count(
        `SELECT count() FROM profile_windows WHERE Instance = '${instance}' AND Seq = 1`,
      )) === 1,
  );
  expect(await world.count(`SELECT count() FROM profile_windows WHERE Instance = '${instance}'`)).toBe(2);
  expect(await world.count(`SELECT count() FROM profile_samples WHERE Instance = '${instance}'`)).toBe(
    sent.samples + marker.samples,
  );
});

test("what could never be stored is refused with its code, and nothing else is", async () => {
  const send = async (
    body: Uint8Array | string,
    headers: Record<string, string>,
    path = "/v1/profiles",
  ): Promise<{ status: number; code: string | undefined; type: string | null }> => {
    const response = await fetch(child.url + path, { method: "POST", headers, body: body as never });
    const text = await response.text();
    const code = text === "" ? undefined : (JSON.parse(text) as { code?: string }).code;
    return { status: response.status, code, type: response.headers.get("content-type") };
  };
  const window = "application/vnd.hotspan.window+protobuf";
  const good = await message({ instance: newInstance(), seq: 0 });
  const old = await message({ instance: newInstance(), seq: 0, startMillis: Date.now() - 25 * 3_600_000 });
  expect(await send("nonsense", { "content-type": window })).toEqual({
    status: 400,
    code: "bad_window",
    type: "application/problem+json",
  });
  expect(await send(good.value, { "content-type": "text/plain" })).toMatchObject({
    status: 415,
    code: "unsupported_media_type",
  });
  expect(await send(good.value, { "content-type": window, "content-encoding": "br" })).toMatchObject({
    status: 415,
  });
  expect(await send(old.value, { "content-type": window, "content-encoding": "zstd" })).toMatchObject({
    status: 422,
    code: "time_out_of_range",
  });
  expect(await send(new Uint8Array(901_000), { "content-type": window })).toMatchObject({
    status: 413,
    code: "window_too_large",
  });
  expect(await send("x", { "content-type": window }, "/v1/other")).toMatchObject({
    status: 404,
    code: "not_found",
  });
  const accepted = await send(
    good.value,
    { "content-type": window, "content-encoding": "zstd" },
    "/v1/profiles/",
  );
  expect(accepted.status).toBe(202);
});

test("a second correlator on the same folder is refused", async () => {
  await expect(
    startCorrelator({ clickhouse: world.clickhouse, dataDir: join(world.folder, "data"), port: 0 }),
  ).rejects.toMatchObject({ code: "HOTSPAN_CORRELATOR_DATA_IN_USE" });
});

test("without a token it listens on loopback only", async () => {
  await expect(startChild(world, { HOTSPAN_HOST: "0.0.0.0" })).rejects.toThrow(
    /ended with 2.*TOKEN_REQUIRED/s,
  );
});

test("SIGTERM ends it with exit code 0, and so does the end of its parent", async () => {
  const one = await startChild(world, { HOTSPAN_DATA: join(world.folder, "other") });
  expect(await one.kill("SIGTERM")).toBe(0);
  const two = await startChild(world, { HOTSPAN_DATA: join(world.folder, "other") });
  const exited = new Promise((resolve) => two.process.once("exit", resolve));
  two.process.disconnect();
  expect(await exited).toBe(0);
});

test("while ClickHouse is away it takes windows, says that it is not ready, and ends when told to", async () => {
  const env = { HOTSPAN_DATA: join(world.folder, "away"), ...storeAway(world) };
  const away = await startChild(world, env);
  const instance = newInstance();
  const sent = await message({ instance, seq: 0 });
  expect(await post(away.url, sent.value)).toBe(202);
  const ready = await fetch(`${away.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({
    code: "store_unavailable",
    detail: expect.stringContaining("clickhouse"),
  });
  expect((await fetch(`${away.url}/healthz`)).status).toBe(200);
  expect(await away.kill("SIGTERM")).toBe(0);
  // What it took is stored by the next one.
  const back = await startChild(world, { HOTSPAN_DATA: env.HOTSPAN_DATA });
  await eventually(
    "stored",
    async () =>
      (await world.count(`SELECT count() FROM profile_windows WHERE Instance = '${instance}'`)) === 1,
  );
  await back.kill("SIGTERM");
});

test("with a token nothing is taken without it, and each token does what its scopes say", async () => {
  const tokensFile = join(world.folder, "tokens.json");
  const [agents, people, admin] = (["ingest", "read", "admin"] as const).map(
    (scope) => createToken(tokensFile, { name: scope, scopes: [scope] }).secret,
  );
  const guarded = await startChild(world, {
    HOTSPAN_DATA: join(world.folder, "token"),
    HOTSPAN_TOKEN: "s3cret",
    HOTSPAN_TOKENS_FILE: tokensFile,
  });
  const send = async (token: string | undefined, method = "POST", path = "/v1/profiles"): Promise<Response> =>
    fetch(`${guarded.url}${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  expect((await send(undefined)).headers.get("www-authenticate")).toBe('Bearer realm="hotspan"');
  for (const token of [undefined, "s3cre"]) expect((await send(token)).status).toBe(401);
  // Let in, and told what is wrong with the rest.
  for (const token of ["s3cret", agents]) expect((await send(token)).status).toBe(415);
  const refused = await send(people);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({
    code: "forbidden",
    detail: "This needs a token with the scope ingest; the token read has read.",
  });
  const doors = [
    ["GET", "/v1/agent/schedule", agents, 400],
    ["POST", "/v1/traces", agents, 415],
    ["POST", "/v1/pprof", agents, 400],
    ["POST", "/v1/agent/profile", admin, 415],
    ["GET", "/v1/agent/profile/x", admin, 404],
    ["DELETE", "/v1/data", admin, 400],
    ["GET", "/v1/data/jobs/x", admin, 404],
  ] as const;
  for (const [method, path, token, status] of doors) {
    expect((await send(token, method, path)).status, path).toBe(status);
    const other = token === agents ? admin : agents;
    expect((await send(other, method, path)).status, path).toBe(403);
  }
  expect((await fetch(`${guarded.url}/healthz`)).status).toBe(200);
  await guarded.kill("SIGTERM");
});
