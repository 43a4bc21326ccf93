import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { encodeWindow, HEADERS, WIRE_ERROR_CODES, WireError } from "@hotspan/wire";
import { makeWindow, Random } from "@hotspan/wire/testing";
import { lz4Compress, snappyCompress } from "@platformatic/wasm-utils";
import { expect, test } from "vitest";
import { batchEncoder } from "../delivery/encode.ts";
import { type Codec, inflateSync, RefusedBatch } from "../kafka/inflate.ts";
import type { SourceKind, SourceRecord } from "../source/source.ts";
import { DECODE_ERROR_CODES } from "./errors.ts";
import { StackMemory } from "./stack-rows.ts";
import { forMutations } from "./testing/mutate.ts";
import { plainPprof } from "./testing/plain-pprof.ts";
import { rowsOf } from "./testing/rows.ts";
import { checkWindow, openWindow } from "./window.ts";

// What stands around a message: compression, Kafka's batches, headers. And what all of it together leaves behind: nothing.

const factor = process.env["HOTSPAN_NIGHTLY"] === "1" ? 10 : 1;
const timeout = 300_000 * factor;
const recordMs = 1_795_000_003_000;
const window = encodeWindow(makeWindow({ seconds: 2, stacks: 12, depth: 3, spans: 2 }));
const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, "fixtures", name));

test.each([
  ["zstd", zstdCompressSync(window)],
  ["gzip", gzipSync(window)],
] as const)(
  "windows whose %s is mutated are refused by name, or are windows",
  { timeout },
  async (encoding, right) => {
    const mutations: Buffer[] = [];
    forMutations(right, { seed: 31, cases: 4000 * factor }, (bytes) => mutations.push(bytes));
    let refused = 0;
    for (let at = 0; at < mutations.length; at += 16) {
      await Promise.all(
        mutations.slice(at, at + 16).map(async (bytes) => {
          try {
            checkWindow(await openWindow(bytes, encoding), recordMs);
          } catch (error) {
            if (!(error instanceof WireError)) throw error;
            refused++;
          }
        }),
      );
    }
    expect(refused / mutations.length).toBeGreaterThan(0.5);
    expect(refused).toBeLessThan(mutations.length);
  },
);

const records = Buffer.concat(
  Array.from({ length: 60 }, (_, i) => Buffer.concat([Buffer.from([40]), Buffer.alloc(20, i)])),
);
test.each<[Codec, Uint8Array]>([
  ["gzip", gzipSync(records)],
  ["zstd", zstdCompressSync(records)],
  ["lz4", lz4Compress(records)],
  ["snappy", snappyCompress(records)],
])("batches of Kafka whose %s is mutated are refused, or are records", { timeout }, (codec, right) => {
  let refused = 0;
  const cases = 1500 * factor;
  forMutations(right, { seed: 32, cases }, (bytes) => {
    try {
      inflateSync(codec, bytes, 1 << 20);
    } catch (error) {
      if (!(error instanceof RefusedBatch)) throw error;
      refused++;
    }
  });
  expect(refused / cases).toBeGreaterThan(0.2);
});

/** Values of every kind, each what a topic or a door may bring. */
const values: readonly Uint8Array[] = [
  window,
  zstdCompressSync(window),
  gzipSync(window),
  fixture("otlp_spans-2-0.bin"),
  fixture("otlp_spans_json-1-0.bin"),
  fixture("otlp_profiles-0-0.bin"),
  fixture("otlp_profiles_json-3-0.bin"),
  gzipSync(plainPprof(["wall"], [{ labels: {}, values: [1] }], recordMs)),
  Buffer.alloc(0),
  Buffer.from("{}"),
];
const headerValues: readonly string[] = [
  "",
  "zstd",
  "gzip",
  "identity",
  "br",
  "ZSTD",
  "pprof",
  "otlp",
  "1.0",
  "2.0",
  "\u0000",
  "é",
  "application/json",
  "application/x-protobuf",
  "x".repeat(5000),
  "__proto__",
  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
];
const headerNames: readonly string[] = [
  ...Object.values(HEADERS),
  "content-type",
  "traceparent",
  "__proto__",
  "toString",
  "",
];
const kinds: readonly SourceKind[] = ["profiles", "spans", "otlpProfiles"];
const known: ReadonlySet<string> = new Set([...WIRE_ERROR_CODES, ...DECODE_ERROR_CODES]);

test("records with any headers around any values are rows or dead letters with a code, each by itself", {
  timeout,
}, async () => {
  const random = new Random(33);
  const encode = batchEncoder(new StackMemory());
  const source = { cluster: "c", group: "g", topicId: "t", partition: 0 };
  const seen = { rows: 0, letters: 0 };
  for (let round = 0; round < 120 * factor; round++) {
    const batch = Array.from({ length: 10 }, (_, i): SourceRecord => {
      const headers: Record<string, string> = {};
      for (let h = random.below(5); h > 0; h--)
        Object.defineProperty(headers, random.pick(headerNames), {
          value: random.pick(headerValues),
          enumerable: true,
          configurable: true,
        });
      let value = random.pick(values);
      if (random.below(3) === 0)
        forMutations(
          value,
          { seed: round * 10 + i, cases: value.length === 0 ? 0 : 1 },
          (bytes) => (value = bytes),
        );
      return { offset: BigInt(i), timestampMs: random.pick([recordMs, 1_767_323_045_000]), headers, value };
    });
    const kind = random.pick(kinds);
    const { blocks, deadLetters, counts } = await encode(1n, 1, source, kind, batch, () =>
      Promise.resolve([]),
    );
    for (const block of blocks) {
      const rows = rowsOf(block).length;
      expect(rows).toBe(block.rows);
      seen.rows += rows;
    }
    for (const { code } of deadLetters) expect(known).toContain(code);
    // None is told of twice.
    expect(new Set(deadLetters.map(({ offset }) => offset)).size).toBe(deadLetters.length);
    expect(counts.deadLetters).toBe(deadLetters.length);
    seen.letters += deadLetters.length;
  }
  expect(seen.rows).toBeGreaterThan(400 * factor);
  expect(seen.letters).toBeGreaterThan(400 * factor);
});

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

test("mutated messages leave nothing in memory", { timeout }, async () => {
  const encode = batchEncoder(new StackMemory());
  const source = { cluster: "c", group: "g", topicId: "t", partition: 0 };
  const kindsOf: readonly (readonly [SourceKind, Uint8Array])[] = [
    ["profiles", window],
    ["spans", fixture("otlp_spans-2-0.bin")],
  ];
  const run = async (seed: number): Promise<number> => {
    for (const [kind, right] of kindsOf) {
      let batch: SourceRecord[] = [];
      forMutations(right, { seed, cases: 1000 * factor }, (value) => {
        batch.push({ offset: BigInt(batch.length), timestampMs: recordMs, headers: {}, value });
      });
      for (; batch.length > 0; batch = batch.slice(100))
        await encode(1n, 1, source, kind, batch.slice(0, 100), () => Promise.resolve([]));
    }
    return afterCollection();
  };
  // The first fills what is kept on purpose, and in bounds.
  const before = await run(34);
  expect((await run(35)) - before).toBeLessThan(16 << 20);
});

/** Bytes of the heap and of buffers that somebody still holds. */
async function afterCollection(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
