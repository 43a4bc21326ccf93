import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

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

interface Sent {
  readonly traceId: string;
  readonly json: string;
}

function request(startMs: readonly number[]): Sent {
  const traceId = randomBytes(16).toString("hex");
  const spans = startMs.map((ms) => ({
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: "GET /cart",
    kind: 2,
    startTimeUnixNano: `${ms}000000`,
    endTimeUnixNano: `${ms + 20}000000`,
    attributes: [{ key: "http.route", value: { stringValue: "/cart" } }],
    status: {},
  }));
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  return {
    traceId,
    json: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "t" }, spans }] }] }),
  };
}

async function send(body: Uint8Array | string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${child.url}/v1/traces`, { method: "POST", headers, body: body as never });
}

test("spans sent as JSON, gzipped, are stored with their trace's times; those out of range are told", async () => {
  const { traceId, json } = request([Date.now() - 1000, Date.now() - 30 * 3_600_000]);
  const headers = { "content-type": "application/json; charset=utf-8", "content-encoding": "gzip" };
  const response = await send(gzipSync(json), headers);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(await response.json()).toMatchObject({ partialSuccess: { rejectedSpans: "1" } });
  await eventually(
    "span",
    async () => (await world.count(`SELECT count() FROM otel_traces WHERE TraceId = '${traceId}'`)) === 1,
  );
  // The materialized view comes after the spans.
  await eventually(
    "its index",
    async () =>
      (await world.count(`SELECT count() FROM otel_traces_trace_id_ts WHERE TraceId = '${traceId}'`)) > 0,
  );
  // As its readers read it: a trace may have several rows, one more whenever an insert had to be looked after.
  expect(
    await world.count(`SELECT min(Start) = max(End) AND min(Start) =
      (SELECT toDateTime(min(Timestamp)) FROM otel_traces WHERE TraceId = '${traceId}')
      FROM otel_traces_trace_id_ts WHERE TraceId = '${traceId}' HAVING count() > 0`),
  ).toBe(1);
});

test("partial success in protobuf is read by OpenTelemetry's own code", async () => {
  // The fields of ExportTraceServiceRequest by hand: one resource, one scope, one span of 1970, which is out of range.
  const field = (number: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const time = Buffer.concat([Buffer.from([(7 << 3) | 1]), Buffer.alloc(8, 1)]);
  const span = Buffer.concat([
    field(1, randomBytes(16)),
    field(2, randomBytes(8)),
    field(5, Buffer.from("x")),
    time,
  ]);
  const body = field(1, field(2, field(2, span)));
  const response = await send(body, { "content-type": "application/x-protobuf" });
  expect(response.status).toBe(200);
  const answer = ProtobufTraceSerializer.deserializeResponse(new Uint8Array(await response.arrayBuffer()));
  expect(Number(answer.partialSuccess?.rejectedSpans)).toBe(1);
  expect(answer.partialSuccess?.errorMessage).not.toBe("");
});

test("what is no OTLP is refused", async () => {
  expect((await send("{", { "content-type": "application/json" })).status).toBe(400);
  expect((await send("x", { "content-type": "text/plain" })).status).toBe(415);
});

test("where spans are read from somebody else's table none are taken, and the sender is told for good", async () => {
  const tracesTable = "otel.otel_traces";
  const other = await startChild(world, {
    HOTSPAN_DATA: `${world.folder}/elsewhere`,
    HOTSPAN_TRACES_TABLE: tracesTable,
  });
  try {
    await eventually("ready", async () => (await fetch(`${other.url}/readyz`)).status === 200);
    const headers = { "content-type": "application/json" };
    const { json } = request([Date.now()]);
    const response = await fetch(`${other.url}/v1/traces`, { method: "POST", headers, body: json });
    // OTLP senders try again after 429, 502, 503 and 504 only.
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: "not_found",
      detail: expect.stringContaining(`they are read from ${tracesTable}`) as string,
    });
  } finally {
    await other.kill("SIGTERM");
  }
});
