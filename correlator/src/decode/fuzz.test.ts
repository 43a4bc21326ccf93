import { encodeWindow, WireError } from "@hotspan/wire";
import { makeHeapWindow, makeWindow } from "@hotspan/wire/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BatchBuilder } from "./batch.ts";
import type { OtlpContentType } from "./spans.ts";
import { sdkMessages } from "./testing/sdk-spans.ts";
import { rowsOf } from "./testing/rows.ts";
import type { RecordMeta } from "./types.ts";
import { checkWindow } from "./window.ts";

const recordMs = 1_795_000_003_000;
const meta: RecordMeta = { source: "s", offset: 0n, timestampMs: recordMs, headers: {} };

/** Bytes changed, cut, repeated or inserted at a few places. */
function mutated(right: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    kind: fc.constantFrom("set", "set", "set", "cut", "insert", "repeat"),
    at: fc.nat(right.length - 1),
    to: fc.oneof(fc.constantFrom(0, 0x7f, 0x80, 0xff), fc.nat(255)),
  });
  return fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
    let bytes = Buffer.from(right);
    for (const { kind, at, to } of changes) {
      if (at >= bytes.length) continue;
      if (kind === "set") bytes[at] = to;
      else if (kind === "cut") bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (to >> 4))]);
      else if (kind === "insert")
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(to), bytes.subarray(at)]);
      else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + to), bytes.subarray(at)]);
    }
    return bytes;
  });
}

/** How many of these mutations are read; the others must be refused by name. */
function readOfMutated(right: Uint8Array, seed: number, numRuns: number): number {
  let read = 0;
  fc.assert(
    fc.property(mutated(right), (bytes) => {
      try {
        checkWindow(bytes, recordMs);
        read++;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }),
    { seed, numRuns },
  );
  return read;
}

describe("Mutated messages", () => {
  it("of windows are refused or read, in 12,000 cases", () => {
    const right = encodeWindow(makeWindow({ seconds: 2, stacks: 12, depth: 3, spans: 2 }));
    const read = readOfMutated(right, 7, 12_000);
    expect(read).toBeGreaterThan(500);
    expect(read).toBeLessThan(11_000);
  });

  it("of heap profiles are refused or read", () => {
    const frame = { name: "leak", file: "src/cache.js", line: 3, column: 1 };
    const stacks = Array.from({ length: 5 }, (_, i) => ({
      frames: Array.from({ length: i + 1 }, () => frame),
      objects: i,
      bytes: i * 1000,
    }));
    const right = encodeWindow(makeHeapWindow({ stacks, startMillis: recordMs }));
    const read = readOfMutated(right, 11, 6000);
    expect(read).toBeGreaterThan(250);
    expect(read).toBeLessThan(5500);
  });

  it("that are read give as many rows as they say, and a right window beside them is unharmed", async () => {
    const right = makeWindow({ seed: 9, seconds: 2, stacks: 12, depth: 3, spans: 2 });
    const good = encodeWindow({ ...right, header: { ...right.header, instance: "f".repeat(32) } });
    await fc.assert(
      fc.asyncProperty(mutated(encodeWindow(right)), async (bytes) => {
        const builder = new BatchBuilder(3n);
        await builder.addWindow(meta, bytes);
        await builder.addWindow(meta, good);
        const { blocks, counts } = builder.finish();
        expect(counts.windows + counts.deadLetters).toBe(2);
        for (const block of blocks) {
          const rows = rowsOf(block);
          expect(rows.length).toBe(block.rows);
          expect([...block.perPartition.values()].reduce((a, b) => a + b)).toBe(block.rows);
        }
        const samples = blocks.find((block) => block.table === "profile_samples");
        const own =
          samples === undefined ? [] : rowsOf(samples).filter((row) => row["Instance"] === "f".repeat(32));
        expect(own.length).toBe(right.ticks.stack.filter((stack) => stack > 0).length);
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  it("of OTLP protobuf and JSON are refused or read, in 10,000 cases", async () => {
    const atMs = Date.UTC(2026, 0, 2, 3, 5);
    const { protobuf, json } = await sdkMessages(atMs);
    const seen = { rows: 0, rejected: 0, letters: 0 };
    const check =
      (type: OtlpContentType) =>
      (bytes: Uint8Array): void => {
        const builder = new BatchBuilder(1n);
        builder.addSpans({ ...meta, timestampMs: atMs }, bytes, type);
        const { counts, blocks } = builder.finish();
        expect(blocks.reduce((sum, block) => sum + rowsOf(block).length, 0)).toBe(counts.spans);
        seen.rows += counts.spans;
        seen.rejected += counts.rejectedSpans;
        seen.letters += counts.deadLetters;
      };
    fc.assert(fc.property(mutated(protobuf), check("application/x-protobuf")), { seed: 9, numRuns: 6000 });
    fc.assert(fc.property(mutated(json), check("application/json")), { seed: 10, numRuns: 4000 });
    expect(seen.rows).toBeGreaterThan(2000);
    expect(seen.rejected).toBeGreaterThan(100);
    expect(seen.letters).toBeGreaterThan(500);
  });
});
