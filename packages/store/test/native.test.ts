import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertRows, NativeWriter } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
  await db.writer.command({
    query: `CREATE TABLE native (id UInt32, at DateTime64(6, 'UTC'), s String, lc LowCardinality(String)) ENGINE = Memory`,
  });
});
afterAll(() => db.close());

const text = fc.string({ unit: "binary", maxLength: 300 });

test("what NativeWriter encodes is what ClickHouse stores, in one block", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ text, rows: fc.integer({ min: 1, max: 200 }) }), { minLength: 1, maxLength: 8 }),
      fc.uniqueArray(text, { minLength: 1, maxLength: 300 }),
      async (runs, keys) => {
        await db.writer.command({ query: "TRUNCATE TABLE native" });
        const texts = runs.flatMap((run) => Array.from({ length: run.rows }, () => run.text));
        const ids = Uint32Array.from(texts.keys());
        const out = new NativeWriter(4, ids.length, 16);
        out.fixed("id", "UInt32", ids);
        out.fixed(
          "at",
          "DateTime64(6, 'UTC')",
          BigInt64Array.from(ids, (id) => BigInt(id) - 5n),
        );
        out.strings("s", runs);
        out.lowCardinality(
          "lc",
          keys,
          ids.map((id) => (id * 7) % keys.length),
        );
        await insertRows(db.writer, {
          table: "native",
          columns: ["id", "at", "s", "lc"],
          format: "Native",
          bytes: out.view(),
        });
        const stored = await db.rows<{ id: number; at: string; s: string; lc: string; blocks: string }>(
          `SELECT id, toString(toUnixTimestamp64Micro(at)) AS at, hex(s) AS s, hex(lc) AS lc,
             toString(uniqExact(blockNumber()) OVER ()) AS blocks FROM native ORDER BY id`,
        );
        const hex = (value: string | undefined): string =>
          Buffer.from(value ?? "")
            .toString("hex")
            .toUpperCase();
        expect(stored).toEqual(
          texts.map((s, id) => ({
            id,
            at: String(id - 5),
            s: hex(s),
            lc: hex(keys[(id * 7) % keys.length]),
            blocks: "1",
          })),
        );
      },
    ),
    { numRuns: 60 },
  );
});
