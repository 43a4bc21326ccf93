import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BatchBuilder } from "./batch.ts";
import type { OtlpContentType } from "./spans.ts";
import { inspectSpans } from "./spans.ts";
import { sdkMessages } from "./testing/sdk-spans.ts";
import { rowsOf } from "./testing/rows.ts";
import type { RecordMeta, TableBlock } from "./types.ts";

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, "fixtures", name));
/** A minute behind the recorded spans. */
const recordMs = Date.UTC(2026, 0, 2, 3, 5);
const meta = (offset = 0n, timestampMs: number = recordMs): RecordMeta => ({
  source: "cluster/group/otlp/0",
  offset,
  timestampMs,
  headers: {},
});

interface Finished {
  readonly block: TableBlock | undefined;
  readonly rows: Record<string, unknown>[];
  readonly rejected: number;
  readonly letters: readonly string[];
}

function decode(value: Uint8Array, type: OtlpContentType, timestampMs: number = recordMs): Finished {
  const builder = new BatchBuilder(1n);
  builder.addSpans(meta(0n, timestampMs), value, type);
  const { blocks, deadLetters, counts } = builder.finish();
  const block = blocks.find((candidate) => candidate.table === "otel_traces");
  return {
    block,
    rows: block === undefined ? [] : rowsOf(block).map(asExported),
    rejected: counts.rejectedSpans,
    letters: deadLetters.map((letter) => letter.code),
  };
}

/** Cells as `FORMAT JSONEachRow` prints them; maps stay lists of pairs, which keep duplicates. */
function asExported(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    ...row,
    Timestamp: dateTime(row["Timestamp"] as bigint),
    Duration: String(row["Duration"]),
    "Events.Timestamp": (row["Events.Timestamp"] as bigint[]).map(dateTime),
  };
}

function dateTime(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000)
    .toISOString()
    .slice(0, 19)
    .replace("T", " ");
  return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, "0")}`;
}

/** JSON.parse would lose the second of two equal keys: maps are read as lists of pairs. */
function exportedRows(): Record<string, unknown>[] {
  const lines = fixture("otel_traces.jsonl").toString("utf8").trim().split("\n");
  return lines.map((line) => {
    const pairs = line.replaceAll(
      /\{((?:"(?:[^"\\]|\\.)*":"(?:[^"\\]|\\.)*",?)*)\}/g,
      (map, body: string) => {
        if (map === line) return map;
        return `[${body.replaceAll(/("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*")/g, "[$1,$2]")}]`;
      },
    );
    return JSON.parse(pairs) as Record<string, unknown>;
  });
}

const byName = (rows: Record<string, unknown>[]): Record<string, unknown>[] =>
  rows.toSorted((a, b) => (String(a["SpanName"]) < String(b["SpanName"]) ? -1 : 1));

describe("OTLP spans", () => {
  const exported = exportedRows().filter((row) => row["ServiceName"] !== "node-sdk-svc");

  it("recorded by the Collector's Kafka exporter give the rows its ClickHouse exporter wrote", () => {
    const { rows, rejected } = decode(fixture("otlp_spans-2-0.bin"), "application/x-protobuf");
    expect(rejected).toBe(0);
    expect(rows.length).toBe(16);
    expect(byName(rows)).toEqual(byName(exported));
  });

  it("in JSON give the same rows", () => {
    const finite = decode(fixture("otlp_spans_json-1-0.bin"), "application/json").rows;
    const withoutDoubles = (rows: Record<string, unknown>[]): unknown =>
      rows.map((row) => ({
        ...row,
        SpanAttributes: (row["SpanAttributes"] as [string, string][]).filter(([key]) => !/nan|inf/.test(key)),
      }));
    expect(withoutDoubles(byName(finite))).toEqual(withoutDoubles(byName(exported)));
    // As posted, NaN and the infinities included.
    expect(byName(decode(fixture("odd-spans.otlp.json"), "application/json").rows)).toEqual(byName(exported));
  });

  it("keyed by trace id give the rows of that trace", () => {
    const { rows } = decode(fixture("otlp_spans_keyed-1-0.bin"), "application/x-protobuf");
    expect(byName(rows)).toEqual(
      byName(exported.filter((row) => row["TraceId"] === "a0000000000000000000000000000001")),
    );
  });

  it("name every row for the probe, with its partition", () => {
    const { block } = decode(fixture("otlp_spans-2-0.bin"), "application/x-protobuf");
    expect(block?.perPartition).toEqual(new Map([["20260102", 16]]));
    if (block?.probe.kind !== "spans") throw new Error("no span probe");
    expect(block.probe.ids.length).toBe(16);
    expect(block.probe.ids[0]).toEqual({
      traceId: "a0000000000000000000000000000001",
      spanId: "b000000000000001",
      service: "odd-svc",
      startMs: Date.UTC(2026, 0, 2, 3, 4, 5, 123),
      day: "20260102",
    });
  });
});

describe("Spans of the JavaScript SDK", () => {
  it("give the same rows from protobuf and from JSON", async () => {
    const { protobuf, json } = await sdkMessages(recordMs);
    const { rows, rejected } = decode(protobuf, "application/x-protobuf");
    expect(rejected).toBe(0);
    expect(decode(json, "application/json").rows).toEqual(rows);
    expect(rows.map((row) => [row["SpanName"], row["SpanKind"], row["Duration"]])).toEqual([
      ["select ✓", "Client", "2000000"],
      ["GET /cart", "Server", "5000000"],
    ]);
    expect(rows[0]).toMatchObject({
      ServiceName: "sdk",
      ParentSpanId: rows[1]?.["SpanId"],
      "Links.SpanId": [rows[1]?.["SpanId"]],
      StatusCode: "Error",
      StatusMessage: "bad",
      ResourceAttributes: expect.arrayContaining([["process.command_args", '["a","b"]']]),
      SpanAttributes: expect.arrayContaining([
        ["list", "[1,2.5]"],
        ["texts", '["x","ü"]'],
        ["d", "1.5"],
      ]),
    });
  });
});

describe("Odd spans", () => {
  const start = 1_767_323_045_123_456_789n;
  const message = (spans: readonly object[]): Buffer =>
    Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const good = { traceId: "A".repeat(32), spanId: "b".repeat(16), startTimeUnixNano: String(start) };

  it.each([
    ["a short trace id", { traceId: "abc" }],
    ["a trace id of zeros", { traceId: "0".repeat(32) }],
    ["no span id", { spanId: "" }],
    ["an id that is not hex", { spanId: "z".repeat(16) }],
    ["a parent id of odd length", { parentSpanId: "abcd" }],
    ["no start", { startTimeUnixNano: "0" }],
    ["a start in the year 2500", { startTimeUnixNano: "16725225600000000000" }],
    ["a start 25 hours ago", { startTimeUnixNano: String(start - 25n * 3600n * 1_000_000_000n) }],
    ["a start in ten minutes", { startTimeUnixNano: String(start + 660n * 1_000_000_000n) }],
  ])("with %s are refused and counted, their neighbours kept", (_what, over) => {
    const value = message([{ ...good, ...over }, good]);
    const { rows, rejected, letters } = decode(value, "application/json");
    expect([rows.length, rejected, letters]).toEqual([1, 1, []]);
    expect(rows[0]).toMatchObject({ TraceId: "a".repeat(32), SpanKind: "Unspecified", StatusCode: "Unset" });
    expect(inspectSpans(value, "application/json", recordMs)).toMatchObject({ accepted: 1, rejected: 1 });
  });

  it("may carry enums by name, integers beyond 2^53 as numbers, and snake_case", () => {
    const value = Buffer.from(`{"resource_spans":[{"scope_spans":[{"spans":[{
      "trace_id":"${"a".repeat(32)}","span_id":"${"b".repeat(16)}","kind":"SPAN_KIND_CLIENT",
      "start_time_unix_nano":${start},"end_time_unix_nano":${start + 1n},"status":{"code":"STATUS_CODE_ERROR"},
      "attributes":[{"key":"n","value":{"int_value":-9007199254740993}},{"key":"z","value":{"doubleValue":-0.0}}]}]}]}]}`);
    const { rows } = decode(value, "application/json");
    expect(rows[0]).toMatchObject({
      Timestamp: "2026-01-02 03:04:05.123456789",
      Duration: "1",
      SpanKind: "Client",
      StatusCode: "Error",
      SpanAttributes: [
        ["n", "-9007199254740993"],
        ["z", "-0"],
      ],
    });
  });

  it("may carry whole doubles beyond 64 bits as integers, which the JavaScript SDK writes in JSON", () => {
    const value = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[{
      "traceId":"${"a".repeat(32)}","spanId":"${"b".repeat(16)}","startTimeUnixNano":"${start}","attributes":[
      {"key":"a","value":{"intValue":100000000000000000000}},{"key":"b","value":{"intValue":1e+21}},
      {"key":"c","value":{"intValue":-9223372036854775808}},{"key":"d","value":{"intValue":"9223372036854775808"}}]}]}]}]}`);
    const { rows, letters } = decode(value, "application/json");
    expect(letters).toEqual([]);
    expect(rows[0]?.["SpanAttributes"]).toEqual([
      ["a", "100000000000000000000"],
      ["b", "1e+21"],
      ["c", "-9223372036854775808"],
      ["d", "9223372036854776000"],
    ]);
  });

  it.each([
    ["text that is no JSON", Buffer.from("{"), "application/json", "HOTSPAN_DECODE_BAD_JSON"],
    [
      "JSON of another shape",
      Buffer.from('{"resourceSpans":7}'),
      "application/json",
      "HOTSPAN_DECODE_BAD_OTLP",
    ],
    [
      "bytes that are no protobuf",
      Buffer.from([0x0a, 0xff]),
      "application/x-protobuf",
      "HOTSPAN_DECODE_BAD_OTLP",
    ],
    [
      "values nested without end",
      message([{ ...good, attributes: [nested(100)] }]),
      "application/json",
      "HOTSPAN_DECODE_TOO_DEEP",
    ],
  ] as const)("in %s become a dead letter", (_what, value, type, code) => {
    expect(decode(value, type)).toMatchObject({ rows: [], letters: [code] });
  });

  it("cannot be multiplied by a large resource without bound", () => {
    const resource = { attributes: [{ key: "k", value: { stringValue: "x".repeat(400_000) } }] };
    const spans = Array.from({ length: 400 }, () => good);
    const value = Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
    expect(decode(value, "application/json")).toMatchObject({
      rows: [],
      letters: ["HOTSPAN_DECODE_TOO_LARGE"],
    });
  });
});

function nested(depth: number): object {
  let value: object = { intValue: "1" };
  for (let i = 0; i < depth; i++) value = { arrayValue: { values: [value] } };
  return { key: "deep", value };
}
