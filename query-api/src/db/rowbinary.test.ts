import { RowWriter } from "@hotspan/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RowReader } from "./rowbinary.ts";

const row = fc.record({
  text: fc.string({ unit: "binary-ascii", maxLength: 300 }),
  small: fc.integer({ min: 0, max: 255 }),
  short: fc.integer({ min: 0, max: 65_535 }),
  word: fc.integer({ min: 0, max: 4_294_967_295 }),
  long: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bytes: fc.uint8Array({ maxLength: 200 }),
  words: fc.uint32Array({ maxLength: 200 }),
});

function write(rows: readonly (typeof row extends fc.Arbitrary<infer T> ? T : never)[]): Uint8Array {
  const out = new RowWriter();
  for (const { text, small, short, word, long, bytes, words } of rows) {
    out.string(text);
    out.u8(small);
    out.u16(short);
    out.u32(word);
    out.u64(long);
    out.u8Array(bytes);
    out.u32Array(words);
  }
  return out.toBytes();
}

test("reads what was written, at any offset and from a pooled Buffer", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const reader = new RowReader(Buffer.concat([write(rows)]));
      for (const one of rows) {
        expect(reader.string()).toBe(one.text);
        expect(reader.u8()).toBe(one.small);
        expect(reader.u16()).toBe(one.short);
        expect(reader.u32()).toBe(one.word);
        expect(reader.u64()).toBe(one.long);
        expect([...reader.u8s()]).toEqual([...one.bytes]);
        expect([...reader.u32s()]).toEqual([...one.words]);
      }
      expect(reader.done).toBe(true);
    }),
  );
});

test("cut-off or broken bytes are a RangeError, never an endless array", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom("string", "u32s", "u64s", "strings", "u64"),
      (bytes, read) => {
        const reader = new RowReader(bytes);
        try {
          reader[read]();
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      },
    ),
  );
  expect(() => new RowReader(Uint8Array.of(255, 255, 255, 255, 127)).strings()).toThrow(RangeError);
  expect(() => new RowReader(new Uint8Array(20).fill(255)).string()).toThrow(RangeError);
});
