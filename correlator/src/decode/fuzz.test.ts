import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeWindow, LIMITS, WireError } from "@hotspan/wire";
import { makeHeapWindow, makeWindow } from "@hotspan/wire/testing";
import { describe, expect, it } from "vitest";
import { BatchBuilder, type FinishedBatch, type PlainFormat } from "./batch.ts";
import { DecodeError } from "./errors.ts";
import { readOtlpProfiles } from "./plain/otlp.ts";
import { readPlainPprof } from "./plain/pprof.ts";
import type { OtlpContentType } from "./spans.ts";
import { forMutations } from "./testing/mutate.ts";
import { plainPprof } from "./testing/plain-pprof.ts";
import { rowsOf } from "./testing/rows.ts";
import { sdkMessages } from "./testing/sdk-spans.ts";
import type { RecordMeta } from "./types.ts";
import { checkWindow } from "./window.ts";

// Over 10^5 messages in all, with fuzz-rows.test.ts and fuzz-envelope.test.ts; by night over 10^6.
const factor = process.env["HOTSPAN_NIGHTLY"] === "1" ? 10 : 1;
const timeout = 120_000 * factor;
const recordMs = 1_795_000_003_000;
const meta: RecordMeta = { source: "s", offset: 0n, timestampMs: recordMs, headers: {} };

/** How many of these mutations are read; the others must be refused by name. */
function readOfMutated(
  right: Uint8Array,
  seed: number,
  cases: number,
  read: (bytes: Uint8Array) => unknown,
): number {
  let count = 0;
  forMutations(right, { seed, cases }, (bytes) => {
    try {
      read(bytes);
      count++;
    } catch (error) {
      if (!(error instanceof WireError || error instanceof DecodeError)) throw error;
    }
  });
  return count;
}

/** Some, but not nearly all: else the mutations say nothing. */
function expectSome(read: number, cases: number): void {
  expect(read / cases).toBeGreaterThan(0.04);
  expect(read / cases).toBeLessThan(0.92);
}

const heapWindow = (): Uint8Array => {
  const frame = { name: "leak", file: "src/cache.js", line: 3, column: 1 };
  const stacks = Array.from({ length: 5 }, (_, i) => ({
    frames: Array.from({ length: i + 1 }, () => frame),
    objects: i,
    bytes: i * 1000,
  }));
  return encodeWindow(makeHeapWindow({ stacks, startMillis: recordMs }));
};

const otlpMs = 1_767_323_045_000;
const labels = { span_id: "b7ad6b7169203331", trace_id: "0af7651916cd43dd8448eb211c80319c" };
const plain: Readonly<Record<PlainFormat, Uint8Array>> = {
  otlp: readFileSync(join(import.meta.dirname, "fixtures/otlp_profiles-0-0.bin")),
  pprof: plainPprof(
    ["wall", "cpu"],
    Array.from({ length: 4 }, (_, i) => ({ labels, values: [i + 1, i] })),
    otlpMs,
  ),
};

/** Every block has as many rows as it says, in all and by partition. */
function expectWhole({ blocks }: FinishedBatch): number {
  let all = 0;
  for (const block of blocks) {
    const rows = rowsOf(block);
    expect(rows.length).toBe(block.rows);
    expect([...block.perPartition.values()].reduce((a, b) => a + b)).toBe(block.rows);
    all += rows.length;
  }
  return all;
}

describe("Mutated messages are refused or read:", () => {
  it.each([
    ["windows", encodeWindow(makeWindow({ seconds: 2, stacks: 12, depth: 3, spans: 2 })), 7, 24_000],
    ["heap profiles", heapWindow(), 11, 10_000],
  ])("%s", { timeout }, (_, right, seed, cases) => {
    const read = readOfMutated(right, seed, cases * factor, (bytes) => checkWindow(bytes, recordMs));
    expectSome(read, cases * factor);
  });

  it.each([
    ["OTLP profiles", plain.otlp, (bytes: Uint8Array) => readOtlpProfiles(bytes, otlpMs)],
    [
      "OTLP profiles in JSON",
      readFileSync(join(import.meta.dirname, "fixtures/otlp_profiles_json-3-0.bin")),
      (bytes: Uint8Array) => readOtlpProfiles(bytes, otlpMs, LIMITS, true),
    ],
    ["pprof profiles", plain.pprof, (bytes: Uint8Array) => readPlainPprof(bytes, "s", otlpMs)],
  ])("%s", { timeout }, (_, right, read) => {
    expectSome(readOfMutated(right, 12, 10_000 * factor, read), 10_000 * factor);
  });

  it.each(["protobuf", "json"] as const)(
    "OTLP spans in %s, and their rows add up",
    { timeout },
    async (encoding) => {
      const atMs = Date.UTC(2026, 0, 2, 3, 5);
      const right = (await sdkMessages(atMs))[encoding];
      const type: OtlpContentType = encoding === "json" ? "application/json" : "application/x-protobuf";
      const cases = 12_000 * factor;
      const seen = { rows: 0, rejected: 0, letters: 0 };
      // Many in one batch: one that is refused must not harm its neighbours.
      let builder = new BatchBuilder(1n);
      const finish = (): void => {
        const batch = builder.finish();
        expect(expectWhole(batch)).toBe(batch.counts.spans);
        seen.rows += batch.counts.spans;
        seen.rejected += batch.counts.rejectedSpans;
        seen.letters += batch.counts.deadLetters;
        builder = new BatchBuilder(1n);
      };
      let added = 0;
      forMutations(right, { seed: 9, cases }, (bytes) => {
        builder.addSpans({ ...meta, timestampMs: atMs }, bytes, type);
        if (++added % 500 === 0) finish();
      });
      finish();
      expect(seen.rows / cases).toBeGreaterThan(0.1);
      expect(seen.rejected / cases).toBeGreaterThan(0.001);
      expect(seen.letters / cases).toBeGreaterThan(0.05);
    },
  );
});

describe("Mutated messages that are read", () => {
  it("give as many rows as they say, and a right window beside them is unharmed", { timeout }, async () => {
    const right = makeWindow({ seed: 9, seconds: 2, stacks: 12, depth: 3, spans: 2 });
    const good = encodeWindow({ ...right, header: { ...right.header, instance: "f".repeat(32) } });
    const mutations: Buffer[] = [];
    forMutations(encodeWindow(right), { seed: 8, cases: 300 * factor }, (bytes) => mutations.push(bytes));
    for (const bytes of mutations) {
      const builder = new BatchBuilder(3n);
      await builder.addWindow(meta, bytes);
      await builder.addWindow(meta, good);
      const batch = builder.finish();
      expect(batch.counts.windows + batch.counts.deadLetters).toBe(2);
      expectWhole(batch);
      const samples = batch.blocks.find((block) => block.table === "profile_samples");
      const own =
        samples === undefined ? [] : rowsOf(samples).filter((row) => row["Instance"] === "f".repeat(32));
      expect(own.length).toBe(right.ticks.stack.filter((stack) => stack > 0).length);
    }
  });

  it.each(["otlp", "pprof"] as const)("plain %s profiles too", { timeout }, (format) => {
    let samples = 0;
    forMutations(plain[format], { seed: 13, cases: 300 * factor }, (bytes) => {
      const builder = new BatchBuilder(1n);
      builder.addPlain({ ...meta, timestampMs: otlpMs }, bytes, format);
      const batch = builder.finish();
      expectWhole(batch);
      const block = batch.blocks.find(({ table }) => table === "profile_samples");
      expect(block?.rows ?? 0).toBe(batch.counts.samples);
      samples += batch.counts.samples;
    });
    expect(samples).toBeGreaterThan(60 * factor);
  });
});
