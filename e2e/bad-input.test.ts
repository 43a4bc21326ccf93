// What arrives broken is refused with a stable code or told as a state, and its neighbours are stored.
import { gzipSync } from "node:zlib";
import { compress, encodeWindow } from "@hotspan/wire";
import { makeWindow } from "@hotspan/wire/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, startUp } from "./support/demo.ts";
import { until } from "./support/until.ts";

let up: Demo;
let base: string;
let stored = 0;

beforeAll(async () => {
  up = await startUp();
  base = up.run.url.replace(/\/$/, "");
});
afterAll(async () => {
  await up?.stop();
});

async function sendWindow(
  body: Uint8Array,
  encoding = "zstd",
): Promise<{ status: number; code: string | undefined }> {
  const response = await fetch(`${up.run.ingestUrl}/v1/profiles`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "content-encoding": encoding },
    body: Buffer.from(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    code: text === "" ? undefined : (JSON.parse(text) as { code: string }).code,
  };
}

/** A good window goes before and behind every bad one. */
async function between(send: () => Promise<void>): Promise<void> {
  for (const step of [goodWindow, send, goodWindow]) await step();
}

async function goodWindow(): Promise<void> {
  const seed = ++stored;
  const window = makeWindow({ seed, service: "neighbour", startMillis: Date.now() - 20_000 - seed * 10 });
  expect((await sendWindow(await compress(encodeWindow(window)))).status).toBe(202);
}

const window = (): Uint8Array => encodeWindow(makeWindow({ seed: 99, startMillis: Date.now() - 15_000 }));

describe("a window that", () => {
  it("is corrupt gzip answers 400 bad_window", async () => {
    await between(async () => {
      const gzip = gzipSync(window());
      gzip.fill(0xff, 40, 80);
      expect(await sendWindow(gzip, "gzip")).toEqual({ status: 400, code: "bad_window" });
    });
  });
  it("is cut off answers 400 bad_window", async () => {
    await between(async () => {
      const bytes = window();
      const cut = await compress(bytes.subarray(0, bytes.length - 100));
      expect(await sendWindow(cut)).toEqual({ status: 400, code: "bad_window" });
    });
  });
  it("tells an absurd time answers 422 time_out_of_range", async () => {
    await between(async () => {
      for (const startMillis of [1000, Date.now() - 26 * 3_600_000, Date.now() + 3_600_000]) {
        const bytes = await compress(encodeWindow(makeWindow({ seed: 98, startMillis })));
        expect(await sendWindow(bytes)).toEqual({ status: 422, code: "time_out_of_range" });
      }
    });
  });
  it("comes from a newer major version answers 426 wire_version_unsupported", async () => {
    const { header, ...rest } = makeWindow({ seed: 97, startMillis: Date.now() - 15_000 });
    const bytes = await compress(encodeWindow({ ...rest, header: { ...header, versionMajor: 2 } }));
    expect(await sendWindow(bytes)).toEqual({ status: 426, code: "wire_version_unsupported" });
  });
  it("is larger than a message may be answers 413 window_too_large", async () => {
    expect(await sendWindow(new Uint8Array(1_000_000), "identity")).toEqual({
      status: 413,
      code: "window_too_large",
    });
  });
  it("is nothing at all answers 400 bad_window", async () => {
    expect(await sendWindow(new Uint8Array(0), "identity")).toEqual({ status: 400, code: "bad_window" });
  });
  it("is encoded in an unknown way answers 415", async () => {
    expect((await sendWindow(window(), "br")).status).toBe(415);
  });
});

describe("spans", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const span = (spanId: string, startMs: number, endMs: number, parentSpanId = ""): object => ({
    traceId,
    spanId,
    parentSpanId,
    name: `span ${spanId}`,
    kind: 2,
    startTimeUnixNano: `${Math.round(startMs)}000000`,
    endTimeUnixNano: `${Math.round(endMs)}000000`,
  });
  const send = (body: string | Uint8Array<ArrayBuffer>, type: string): Promise<Response> =>
    fetch(`${up.run.ingestUrl}/v1/traces`, { method: "POST", headers: { "content-type": type }, body });

  it("that are cut off answer 400 and store nothing", async () => {
    expect((await send('{"resourceSpans":[{"sco', "application/json")).status).toBe(400);
    expect((await send(new Uint8Array([0x0a, 0xff, 0x01, 0x02]), "application/x-protobuf")).status).toBe(400);
  });

  it("with an absurd time are rejected alone; a span of no length is told as too short", async () => {
    const now = Date.now();
    const spans = [
      span("00000000000000a1", now - 1000, now - 500),
      span("00000000000000a2", now - 900, now - 900, "00000000000000a1"),
      span("00000000000000a3", 1000, 2000, "00000000000000a1"),
    ];
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "odd" } }] };
    const response = await send(
      JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "test" }, spans }] }] }),
      "application/json",
    );
    expect(response.status).toBe(200);
    const answer = (await response.json()) as { partialSuccess: { rejectedSpans: string } };
    expect(answer.partialSuccess.rejectedSpans).toBe("1");
    const trace = await until("the trace can be read", 20_000, async () => {
      const read = await fetch(`${base}/api/v1/traces/${traceId}`);
      return read.ok
        ? ((await read.json()) as {
            spans: { spanId: string; durationNano: number; profile: { state: string } }[];
          })
        : undefined;
    });
    expect(trace.spans.map(({ spanId, durationNano }) => [spanId, durationNano])).toEqual([
      ["00000000000000a1", 500_000_000],
      ["00000000000000a2", 0],
    ]);
    expect(trace.spans[0]?.profile.state).toBe("no_agent");
    const profile = await fetch(`${base}/api/v1/traces/${traceId}/spans/00000000000000a2/profile`);
    expect(profile.status).toBe(200);
    expect(["too_short", "no_agent"]).toContain(((await profile.json()) as { state: string }).state);
  });
});

describe("a question about", () => {
  it.each([
    ["a trace nobody knows", "/api/v1/traces/ffffffffffffffffffffffffffffffff", 404, "trace_not_found"],
    ["a trace id that is none", "/api/v1/traces/not-a-trace", 400, "bad_parameter"],
    ["a parameter nobody knows", "/api/v1/traces?colour=red", 400, "bad_parameter"],
    [
      "a span nobody knows",
      "/api/v1/traces/0af7651916cd43dd8448eb211c80319c/spans/00000000000000ff/profile",
      404,
      "span_not_found",
    ],
  ])("%s gets a clear answer", async (_, path, status, code) => {
    const response = await fetch(`${base}${path}`);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(((await response.json()) as { code: string }).code).toBe(code);
  });
});

it("all good windows are stored, each once, and the refused ones are counted", async () => {
  const { httpUrl, database, readerUser, readerPassword } = up.run.clickhouse;
  const authorization = `Basic ${Buffer.from(`${readerUser}:${readerPassword}`).toString("base64")}`;
  const count = async (): Promise<string> => {
    const body = `SELECT count(), uniqExact(ProfileId) FROM ${database}.profile_windows`;
    return (await (await fetch(httpUrl, { method: "POST", body, headers: { authorization } })).text()).trim();
  };
  await until("every window is stored", 20_000, async () =>
    (await count()) === `${stored}\t${stored}` ? true : undefined,
  );
  const metrics = await (await fetch(`${up.run.ingestUrl}/metrics`)).text();
  expect(metrics).toMatch(/http_requests_total\{route="\/v1\/profiles",status="400"\} [1-9]/);
});
