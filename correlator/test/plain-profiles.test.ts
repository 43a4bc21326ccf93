import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plainPprof } from "../src/decode/testing/plain-pprof.ts";
import { freshOtlpJsonProfile, freshOtlpProfile } from "./support/otlp.ts";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

let world: World;
let child: Child;
const token = "a-secret";
beforeAll(async () => {
  world = await startWorld();
  child = await startChild(world, { HOTSPAN_TOKEN: token });
  await eventually("ready", async () => (await fetch(`${child.url}/readyz`)).status === 200);
});
afterAll(async () => {
  await child?.kill("SIGTERM");
  await world?.close();
});

async function post(
  path: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${child.url}${path}`, {
    method: "POST",
    body: new Uint8Array(body),
    headers: { "content-type": "application/x-protobuf", authorization: `Bearer ${token}`, ...headers },
  });
  return { status: response.status, text: await response.text() };
}

test("OTLP profiles that were answered 200 are stored once, however often they are sent", async () => {
  const { value, traceId } = freshOtlpProfile();
  const where = `TraceId = '${traceId}'`;
  const zipped = gzipSync(value);
  expect(await post("/v1development/profiles", value)).toEqual({ status: 200, text: "" });
  expect((await post("/v1development/profiles", zipped, { "content-encoding": "gzip" })).status).toBe(200);
  const marker = freshOtlpProfile();
  expect((await post("/v1development/profiles", marker.value)).status).toBe(200);
  await eventually(
    "the last",
    async () =>
      (await world.count(`SELECT count() FROM profile_samples WHERE TraceId = '${marker.traceId}'`)) === 3,
  );
  expect(await world.count(`SELECT count() FROM profile_samples WHERE ${where}`)).toBe(3);
  expect(
    await world.count(
      `SELECT count() FROM profile_stacks WHERE (ServiceName, StackHash) IN
        (SELECT ServiceName, StackHash FROM profile_samples WHERE ${where}) AND Functions[1] = 'work'`,
    ),
  ).toBeGreaterThan(0);
});

test("OTLP profiles in JSON are stored as those in protobuf are", async () => {
  const { value, traceId } = freshOtlpJsonProfile();
  const type = { "content-type": "application/json; charset=utf-8" };
  expect(await post("/v1development/profiles", value, type)).toEqual({ status: 200, text: "{}" });
  const zipped = { ...type, "content-encoding": "gzip" };
  expect((await post("/v1development/profiles", gzipSync(value), zipped)).status).toBe(200);
  await eventually(
    "the profile",
    async () => (await world.count(`SELECT count() FROM profile_samples WHERE TraceId = '${traceId}'`)) === 3,
  );
});

test("pprof files are stored with the spans of their labels, under the service that is named", async () => {
  const trace_id = randomBytes(16).toString("hex");
  const samples = [
    { labels: { trace_id, span_id: trace_id.slice(16) }, values: [30, 20] },
    { labels: {}, values: [10, 0] },
  ];
  const file = gzipSync(plainPprof(["wall", "cpu"], samples, Date.now() - 60_000));
  expect((await post("/v1/pprof?service=go-cart", file)).status).toBe(202);
  await eventually(
    "the sample",
    async () =>
      (await world.count(
        `SELECT sum(CpuNano) FROM profile_samples WHERE TraceId = '${trace_id}' AND ServiceName = 'go-cart'`,
      )) === 20,
  );
  expect(await world.count("SELECT sum(Value) FROM profile_samples WHERE ServiceName = 'go-cart'")).toBe(40);
});

test("what could never be stored is refused with its code, and nobody without the token is heard", async () => {
  const { value } = freshOtlpProfile();
  const file = plainPprof(["wall"], [{ labels: {}, values: [1] }], 1);
  const refused = await Promise.all([
    post("/v1development/profiles", value.subarray(0, 200)),
    post("/v1development/profiles", value, { "content-type": "application/json" }),
    post("/v1development/profiles", value, { "content-type": "text/plain" }),
    post("/v1/pprof", file),
    post("/v1/pprof?service=a", file),
    post("/v1/pprof?service=a", plainPprof(["contentions"], [], Date.now())),
    post("/v1development/profiles", value, { authorization: "Bearer wrong" }),
    post("/v1/pprof?service=a", file, { authorization: "" }),
  ]);
  expect(refused.map(({ status, text }) => [status, (JSON.parse(text) as { code: string }).code])).toEqual([
    [400, "bad_parameter"],
    [400, "bad_parameter"],
    [415, "unsupported_media_type"],
    [400, "bad_parameter"],
    [422, "time_out_of_range"],
    [400, "bad_parameter"],
    [401, "unauthorized"],
    [401, "unauthorized"],
  ]);
});
