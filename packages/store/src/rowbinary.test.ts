import { expect, test } from "vitest";
import { RowWriter } from "./rowbinary.ts";

function written(write: (row: RowWriter) => void): number[] {
  const row = new RowWriter({ initialBytes: 1 });
  write(row);
  return [...row.view()];
}

test("a string is its length in bytes and UTF-8", () => {
  expect(written((row) => row.string("é"))).toEqual([2, 0xc3, 0xa9]);
  expect(written((row) => row.string(""))).toEqual([0]);
});

// 1 to 3 bytes a character around the lengths where the prefix grows.
test.each([1, 42, 43, 48, 49, 63, 64, 126, 127, 128, 5461, 5462, 8191, 16383, 16384])(
  "strings of %i characters keep their prefix right",
  (length) => {
    for (const character of ["a", "é", "€", "\u{1f525}"]) {
      const text = character.repeat(length);
      const bytes = Buffer.from(text);
      const row = new RowWriter();
      row.string(text);
      row.u8(77);
      const prefix = new RowWriter();
      prefix.varint(bytes.length);
      expect(Buffer.from(row.view())).toEqual(Buffer.concat([prefix.view(), bytes, Buffer.of(77)]));
    }
  },
);

test("64-bit numbers are the same from a bigint, two lanes or a safe integer", () => {
  for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1]) {
    const expected = Buffer.alloc(8);
    expected.writeBigInt64LE(BigInt(value));
    expect(written((row) => row.i64(BigInt(value)))).toEqual([...expected]);
    expect(written((row) => row.i64Number(value))).toEqual([...expected]);
    const high = expected.readUInt32LE(4);
    const low = expected.readUInt32LE(0);
    expect(written((row) => row.u64Lanes(high, low))).toEqual([...expected]);
  }
});

test("reset takes a half-written row back", () => {
  const row = new RowWriter();
  row.u8(1);
  const mark = row.length;
  row.string("half a row");
  row.reset(mark);
  row.u8(2);
  expect([...row.toBytes()]).toEqual([1, 2]);
});

test("a writer refuses to outgrow its limit", () => {
  const row = new RowWriter({ initialBytes: 8, maxBytes: 16 });
  expect(() => row.raw(new Uint8Array(17))).toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_ROW_TOO_LARGE" }),
  );
});
