import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertRowBinary, RowWriter } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
  await db.writer.command({
    query: `CREATE TABLE rowbinary (
      id UInt32, u8 UInt8, u16 UInt16, u32 UInt32, u64 UInt64, i64 Int64, safe Int64, f Float64, b Bool, s String,
      lc LowCardinality(String), ss Array(String), u8s Array(UInt8), u16s Array(UInt16), u32s Array(UInt32),
      u64s Array(UInt64), safes Array(Int64), m Map(LowCardinality(String), String),
      n Nested(name String, value UInt32), lm Array(Map(String, String))
    ) ENGINE = Memory`,
  });
});
afterAll(() => db.close());

const columns = "id u8 u16 u32 u64 i64 safe f b s lc ss u8s u16s u32s u64s safes m n.name n.value lm".split(
  " ",
);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
// Whole code points only: ClickHouse stores bytes, and a lone surrogate has none.
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "binary-ascii", maxLength: 200 }),
);
const map = fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), text, {
  maxKeys: 4,
  noNullPrototype: true,
});
const rowOf = fc.record({
  u8: fc.nat(0xff),
  u16: fc.nat(0xffff),
  u32: fc.nat(0xffff_ffff),
  u64,
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  safe: fc.maxSafeInteger(),
  f: fc.double({ noNaN: true, noDefaultInfinity: true }),
  b: fc.boolean(),
  s: text,
  lc: text,
  ss: fc.array(text, { maxLength: 5 }),
  u8s: fc.array(fc.nat(0xff), { maxLength: 300 }),
  u16s: fc.array(fc.nat(0xffff), { maxLength: 20 }),
  u32s: fc.array(fc.nat(0xffff_ffff), { maxLength: 300 }),
  u64s: fc.array(u64, { maxLength: 20 }),
  safes: fc.array(fc.maxSafeInteger(), { maxLength: 20 }),
  m: map,
  n: fc.array(fc.record({ name: text, value: fc.nat(0xffff_ffff) }), { maxLength: 5 }),
  lm: fc.array(map, { maxLength: 3 }),
});

test("what RowWriter encodes is what ClickHouse stores", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rowOf, { minLength: 1, maxLength: 20 }), async (rows) => {
      await db.writer.command({ query: "TRUNCATE TABLE rowbinary" });
      const out = new RowWriter({ initialBytes: 16 });
      for (const [id, row] of rows.entries()) {
        out.u32(id);
        out.u8(row.u8);
        out.u16(row.u16);
        out.u32(row.u32);
        out.u64(row.u64);
        out.i64(row.i64);
        out.i64Number(row.safe);
        out.f64(row.f);
        out.bool(row.b);
        out.string(row.s);
        out.stringBytes(Buffer.from(row.lc));
        out.stringArray(row.ss);
        out.u8Array(row.u8s);
        out.u16Array(row.u16s);
        out.u32Array(Uint32Array.from(row.u32s));
        out.u64Array(row.u64s);
        out.i64NumberArray(row.safes);
        out.stringMap(row.m);
        out.stringArray(row.n.map((pair) => pair.name));
        out.u32Array(row.n.map((pair) => pair.value));
        out.arrayLength(row.lm.length);
        for (const entries of row.lm) out.stringMap(new Map(Object.entries(entries)));
      }
      await insertRowBinary(db.writer, "rowbinary", columns, out.view());
      const stored = await db.rows("SELECT * FROM rowbinary ORDER BY id");
      const expected = rows.map(({ n, ...row }, id) => ({
        ...row,
        id,
        u64: String(row.u64),
        i64: String(row.i64),
        safe: String(row.safe),
        u64s: row.u64s.map(String),
        safes: row.safes.map(String),
        "n.name": n.map((pair) => pair.name),
        "n.value": n.map((pair) => pair.value),
      }));
      expect(stored).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

// Not older than the table keeps rows.
const timestamp = BigInt(Date.now()) * 1_000_000n;

test("an insert with a token happens once, in the table and in its materialised view", async () => {
  const bytes = (traces: readonly string[]): Uint8Array => {
    const out = new RowWriter();
    for (const trace of traces) {
      out.i64(timestamp);
      out.string(trace);
    }
    return out.toBytes();
  };
  const insert = (token: string, traces: readonly string[]) =>
    insertRowBinary(db.writer, "otel_traces", ["Timestamp", "TraceId"], bytes(traces), { token });
  await insert("a", ["1", "2"]);
  await insert("a", ["1", "2"]);
  await insert("b", ["1", "2"]);
  expect(await db.rows("SELECT count() AS n FROM otel_traces")).toEqual([{ n: "4" }]);
  expect(await db.rows("SELECT count() AS n FROM otel_traces_trace_id_ts")).toEqual([{ n: "4" }]);
});

test("a row that does not parse stores nothing and says so", async () => {
  const out = new RowWriter();
  out.i64(timestamp);
  out.string("cut short");
  const before = await db.rows("SELECT count() AS n FROM otel_traces");
  const cut = out.view().subarray(0, out.length - 3);
  await expect(insertRowBinary(db.writer, "otel_traces", ["Timestamp", "TraceId"], cut)).rejects.toThrow(
    expect.objectContaining({ code: "33" }),
  );
  expect(await db.rows("SELECT count() AS n FROM otel_traces")).toEqual(before);
});

test("names of tables and columns cannot carry SQL", async () => {
  await expect(
    insertRowBinary(db.writer, "otel_traces", ["Timestamp) SELECT 1; --"], new Uint8Array(8)),
  ).rejects.toThrow(expect.objectContaining({ code: "HOTSPAN_STORE_BAD_IDENTIFIER" }));
});
