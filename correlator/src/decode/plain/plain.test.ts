import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "@hotspan/wire";
import { describe, expect, test } from "vitest";
import { BatchBuilder, type FinishedBatch, type PlainFormat } from "../batch.ts";
import { plainPprof } from "../testing/plain-pprof.ts";
import { type Row, rowsOf } from "../testing/rows.ts";
import { readOtlpProfiles } from "./otlp.ts";

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../fixtures", name));
const atMs = 1_767_323_045_000;
const pprof = (types: readonly string[], samples: Parameters<typeof plainPprof>[1]): Uint8Array =>
  plainPprof(types, samples, atMs);

function batch(
  bytes: Uint8Array,
  format: PlainFormat,
  headers: Record<string, string> = {},
  recordMs = atMs,
): FinishedBatch {
  const builder = new BatchBuilder(7n);
  builder.addPlain({ source: "s", offset: 3n, timestampMs: recordMs, headers }, bytes, format);
  return builder.finish();
}

const rows = (from: FinishedBatch, table: string): Row[] =>
  from.blocks.filter((block) => block.table === table).flatMap(rowsOf);

describe("An OTLP profile as a Collector sent it", () => {
  const read = batch(fixture("otlp_profiles-0-0.bin"), "otlp");

  test("gives a row per observation, with the span of its link and its thread", () => {
    expect(read.deadLetters).toEqual([]);
    const [first, second, third, fourth, ...counted] = rows(read, "profile_samples");
    const trace = "a0000000000000000000000000000001";
    expect(first).toMatchObject({
      ServiceName: "odd-svc",
      ProfileType: "wall",
      Thread: 17,
      TraceId: trace,
      SpanId: "b000000000000001",
      Timestamp: 1_767_323_045_123_456n,
      Value: 10_000_000n,
      CpuNano: 10_000_000n,
    });
    const other = { TraceId: trace, SpanId: "b000000000000007", Thread: 0 };
    expect(second).toMatchObject({ ...other, Value: 20_000_000n, Timestamp: 1_767_323_045_123_466n });
    expect(third).toMatchObject({ ...other, Value: 30_000_000n, Timestamp: 1_767_323_045_123_467n });
    // No times: the whole profile's.
    expect(fourth).toMatchObject({ TraceId: "", Value: 40_000_000n, Timestamp: BigInt(atMs) * 1000n });
    // No values: one each.
    expect(counted.map((row) => row["Value"])).toEqual([1n, 1n, 1n]);
  });

  test("gives its stacks leaf first, inlined lines too, and one without lines", () => {
    const stacks = new Map(rows(read, "profile_stacks").map((row) => [row["StackHash"], row]));
    const of = (i: number): unknown => stacks.get(rows(read, "profile_samples")[i]?.["StackHash"]);
    expect(of(0)).toMatchObject({ Functions: ["main"], Files: ["app.js"], Lines: [3], Columns: [4] });
    expect(of(1)).toMatchObject({ Functions: ["work", "main", "main"], Lines: [12, 5, 3] });
    expect(of(3)).toMatchObject({ Functions: ["native", "work", "main", "main"] });
    expect(of(4)).toMatchObject({ Functions: ["main"] });
  });

  test("gives where its trace lies, and who was profiled", () => {
    expect(rows(read, "profile_traces")).toMatchObject([
      { TraceId: "a0000000000000000000000000000001", Thread: 17 },
      { TraceId: "a0000000000000000000000000000001", Thread: 0 },
    ]);
    expect(rows(read, "profile_instances")).toMatchObject([{ ServiceName: "odd-svc", Pid: 4242 }]);
    expect(read.blocks.map(({ table }) => table)).not.toContain("profile_windows");
  });

  test("gives the same rows in JSON, whatever its fields are called and however it is known", () => {
    const json = fixture("otlp_profiles_json-3-0.bin");
    const snake = Buffer.from(
      json
        .toString()
        .replaceAll(
          /"([a-z]+[A-Za-z]*)":/g,
          (_, name: string) => `"${name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}":`,
        ),
    );
    const spaced = Buffer.concat([Buffer.from("\n "), json]);
    for (const [bytes, headers] of [
      [json, {}],
      [snake, {}],
      [spaced, { "content-type": "application/json; charset=utf-8" }],
    ] as const) {
      const other = batch(bytes, "otlp", headers);
      expect(other.deadLetters).toEqual([]);
      for (const { table } of read.blocks)
        expect([table, rows(other, table)]).toEqual([table, rows(read, table)]);
    }
  });

  test("is one profile however often it is sent, by its own id", () => {
    const bytes = fixture("otlp_profiles-0-0.bin");
    const builder = new BatchBuilder(7n);
    const meta = { source: "s", offset: 3n, timestampMs: atMs, headers: {} };
    builder.addPlain(meta, bytes, "otlp");
    builder.addPlain({ ...meta, offset: 4n }, bytes, "otlp");
    expect(builder.windowKeys().map(({ instance }) => instance)).toEqual([
      "e0000000000000000000000000000001",
    ]);
    builder.dropWindows(builder.windowKeys());
    const { counts, blocks } = builder.finish();
    expect(counts.duplicateWindows).toBe(2);
    expect(blocks.map(({ table }) => table)).not.toContain("profile_samples");
  });

  test.each([
    ["of last year", fixture("otlp_profiles-0-0.bin"), atMs + 86_400_001, "HOTSPAN_WIRE_TIME_OUT_OF_RANGE"],
    [
      "of last year in JSON",
      fixture("otlp_profiles_json-3-0.bin"),
      atMs + 86_400_001,
      "HOTSPAN_WIRE_TIME_OUT_OF_RANGE",
    ],
    [
      "cut off in JSON",
      fixture("otlp_profiles_json-3-0.bin").subarray(0, 300),
      atMs,
      "HOTSPAN_DECODE_BAD_JSON",
    ],
    ["of another shape", Buffer.from('{"resourceProfiles":{}}'), atMs, "HOTSPAN_DECODE_BAD_OTLP"],
    [
      "with a number for a text",
      Buffer.from('{"dictionary":{"stringTable":[1]}}'),
      atMs,
      "HOTSPAN_DECODE_BAD_OTLP",
    ],
    ["cut off", fixture("otlp_profiles-0-0.bin").subarray(0, 300), atMs, "HOTSPAN_WIRE_MALFORMED"],
  ])("%s is a dead letter and leaves nothing", (_, bytes, recordMs, code) => {
    const { deadLetters, blocks } = batch(bytes, "otlp", {}, recordMs);
    expect(deadLetters).toMatchObject([{ offset: 3n, code }]);
    expect(blocks).toEqual([]);
  });

  test("above a limit is refused by its name", () => {
    const limits = { samples: 6, depth: 3, frames: 10, frameLength: 5 };
    const codes = Object.entries(limits).map(([name, limit]) => {
      try {
        readOtlpProfiles(fixture("otlp_profiles-0-0.bin"), atMs, { ...LIMITS, [name]: limit });
        return [name, undefined];
      } catch (error) {
        return [name, (error as { code: string }).code];
      }
    });
    expect(Object.fromEntries(codes)).toEqual({
      samples: "HOTSPAN_WIRE_TOO_MANY_SAMPLES",
      depth: "HOTSPAN_WIRE_STACK_TOO_DEEP",
      frames: "HOTSPAN_WIRE_TOO_MANY_FRAMES",
      frameLength: "HOTSPAN_WIRE_FRAME_TOO_LONG",
    });
  });
});

describe("A pprof profile", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";

  test("gives rows with the spans of its labels, whichever alias names them", () => {
    const read = batch(
      pprof(
        ["wall", "cpu"],
        [
          { labels: { span_id: spanId, trace_id: traceId }, values: [30, 20] },
          { labels: { profile_id: spanId }, values: [10, 0] },
          {
            labels: { profile_id: "0000000000000001", span_id: spanId.toUpperCase(), thread: "x" },
            values: [5, 5],
          },
          { labels: { span_id: "not an id", trace_id: "0".repeat(32) }, values: [1, 1] },
          { labels: {}, values: [0, 0] },
        ],
      ),
      "pprof",
      { "hotspan-service": "go" },
    );
    expect(read.deadLetters).toEqual([]);
    const own = { ServiceName: "go", ProfileType: "wall", Timestamp: BigInt(atMs) * 1000n };
    expect(rows(read, "profile_samples")).toMatchObject([
      { ...own, TraceId: traceId, SpanId: spanId, Value: 30n, CpuNano: 20n },
      { ...own, TraceId: "", SpanId: spanId, Value: 10n, CpuNano: 0n },
      { ...own, TraceId: "", SpanId: spanId, Value: 5n, CpuNano: 5n },
      { ...own, TraceId: "", SpanId: "", Value: 1n, CpuNano: 1n },
    ]);
    expect(rows(read, "profile_stacks")).toMatchObject([{ Functions: ["leaf", "root"], Lines: [7, 8] }]);
  });

  test("of a heap gives bytes and objects", () => {
    const read = batch(
      pprof(["inuse_objects", "inuse_space"], [{ labels: {}, values: [3, 4096] }]),
      "pprof",
      { "hotspan-service": "go" },
    );
    expect(rows(read, "profile_samples")).toMatchObject([
      { ProfileType: "heap_inuse", Value: 4096n, Objects: 3n, CpuNano: 0n },
    ]);
  });

  test("of values the store has no column for is a dead letter that names them", () => {
    const { deadLetters } = batch(pprof(["contentions"], [{ labels: {}, values: [1] }]), "pprof");
    expect(deadLetters).toMatchObject([{ code: "HOTSPAN_DECODE_UNKNOWN_VALUES" }]);
    expect(deadLetters[0]?.detail).toContain("contentions");
  });
});
