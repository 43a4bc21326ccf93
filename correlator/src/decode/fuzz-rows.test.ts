import { encodeWindow } from "@hotspan/wire";
import { makeWindow } from "@hotspan/wire/testing";
import { expect, test } from "vitest";
import { BatchBuilder, type RecordMeta } from "./batch.ts";
import { expectedRow } from "./testing/expected-spans.ts";
import { samplesByOthers, samplesOfRows, stacksByOthers } from "./testing/independent.ts";
import { forMutations } from "./testing/mutate.ts";
import { decodeTraces } from "./testing/otlp-schema.ts";
import { plainPprof } from "./testing/plain-pprof.ts";
import { type Row, rowsOf } from "./testing/rows.ts";
import { sdkMessages } from "./testing/sdk-spans.ts";

// No wrong rows: what survives a mutation is stored as other people's decoders read it. What they cannot read, in parts that we
// pass over (labels of a window's pprof section, fields that nobody knows), is counted and must be rare.

const cases = process.env["HOTSPAN_NIGHTLY"] === "1" ? 20_000 : 1500;
const timeout = 1_200_000;
const recordMs = 1_795_000_003_000;
const meta: RecordMeta = { source: "s", offset: 0n, timestampMs: recordMs, headers: {} };

/** Undefined where they refuse it. */
function byOthers<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

test("samples of mutated windows are those that generated code and pprof-format see", {
  timeout,
}, async () => {
  const right = encodeWindow(makeWindow({ seconds: 2, stacks: 12, depth: 3, spans: 2 }));
  const mutations: Buffer[] = [];
  forMutations(right, { seed: 21, cases }, (bytes) => mutations.push(bytes));
  const seen = { compared: 0, unreadable: 0 };
  for (const bytes of mutations) {
    const builder = new BatchBuilder(1n);
    await builder.addWindow(meta, bytes);
    const batch = builder.finish();
    if (batch.deadLetters.length > 0) continue;
    const theirs = byOthers(() => samplesByOthers(bytes));
    if (theirs === undefined) {
      seen.unreadable++;
      continue;
    }
    seen.compared++;
    expect(samplesOfRows(batch), bytes.toString("base64")).toEqual(theirs);
  }
  expect(seen.compared / cases).toBeGreaterThan(0.03);
  expect(seen.unreadable / seen.compared).toBeLessThan(0.1);
});

test("stacks of mutated pprof profiles are those that pprof-format sees", { timeout }, () => {
  const labels = { span_id: "b7ad6b7169203331", trace_id: "0af7651916cd43dd8448eb211c80319c" };
  const right = plainPprof(
    ["wall", "cpu"],
    Array.from({ length: 4 }, (_, i) => ({ labels, values: [i + 1, i] })),
    recordMs,
  );
  const seen = { compared: 0, unreadable: 0 };
  forMutations(right, { seed: 22, cases: cases * 2 }, (bytes) => {
    const builder = new BatchBuilder(1n);
    builder.addPlain(meta, bytes, "pprof");
    const batch = builder.finish();
    if (batch.deadLetters.length > 0) return;
    const stacks = byOthers(() => stacksByOthers(bytes));
    if (stacks === undefined) {
      seen.unreadable++;
      return;
    }
    seen.compared++;
    const theirs = new Set(stacks.map((stack) => JSON.stringify(stack)));
    for (const { frames } of samplesOfRows(batch)) expect(theirs).toContain(JSON.stringify(frames));
  });
  expect(seen.compared / cases).toBeGreaterThan(0.1);
  expect(seen.unreadable / seen.compared).toBeLessThan(0.1);
});

test("rows of mutated spans are those of the spans that protobufjs sees", { timeout }, async () => {
  const atMs = Date.UTC(2026, 0, 2, 3, 5);
  const { protobuf: right } = await sdkMessages(atMs);
  const seen = { compared: 0, unreadable: 0 };
  forMutations(right, { seed: 23, cases: cases * 2 }, (bytes) => {
    const builder = new BatchBuilder(1n);
    builder.addSpans({ ...meta, timestampMs: atMs }, bytes, "application/x-protobuf");
    const { blocks, deadLetters } = builder.finish();
    if (deadLetters.length > 0) return;
    const theirs = byOthers(() => decodeTraces(bytes));
    if (theirs === undefined) {
      seen.unreadable++;
      return;
    }
    const rows = blocks.filter(({ table }) => table === "otel_traces").flatMap(rowsOf);
    // Spans with bad ids or times are left out.
    const expected = theirs.map(({ span, ...owner }) => expectedRow(span, owner));
    const key = (row: Row): string => `${String(row["TraceId"])}${String(row["SpanId"])}`;
    const [kept, known] = [new Set(rows.map(key)), new Set(expected.map(key))];
    // It takes a field by its number whatever its wire type, and reads the rest of the message for something else.
    if (
      rows.some((row) => !known.has(key(row))) &&
      expected.some((row) => !/^[0-9a-f]{48}$/.test(key(row)))
    ) {
      seen.unreadable++;
      return;
    }
    expect(rows).toEqual(expected.filter((row) => kept.has(key(row))));
    seen.compared += rows.length;
  });
  expect(seen.compared / cases).toBeGreaterThan(0.2);
  expect(seen.unreadable / cases).toBeLessThan(0.02);
});
