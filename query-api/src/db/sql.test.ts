import { expect, test } from "vitest";
import { retentionOf } from "./evidence.ts";
import { viewParams } from "./schema.ts";
import { and, microTime, oneOf, or, secondTime, sql } from "./sql.ts";

test("values are quoted, and SQL is put in as it is", () => {
  const name = `it's \\ "x" \n`;
  expect(sql`a = ${name} AND b = ${7} AND c IN ${["x'", "\\'"]} AND d = ${2n ** 64n - 1n}`.text).toBe(
    `a = 'it\\'s \\\\ "x" \n' AND b = 7 AND c IN ('x\\'','\\\\\\'') AND d = 18446744073709551615`,
  );
  expect(sql`${and([sql`a`, undefined, or([sql`b`, sql`c`])])}`.text).toBe("(a) AND ((b) OR (c))");
  expect(and([]).text).toBe("1");
  expect(or([]).text).toBe("0");
  expect(() => sql`${Number.NaN}`).toThrow(TypeError);
});

test("no value, no condition", () => {
  expect(oneOf(sql`a`, undefined)).toBeUndefined();
  expect(oneOf(sql`a`, [])).toBeUndefined();
  expect(oneOf(sql`a`, ["b"])?.text).toBe("a IN ('b')");
});

test("times are rounded down, and never before 1970", () => {
  expect(microTime(1_999n).text).toBe("fromUnixTimestamp64Micro(1, 'UTC')");
  expect(secondTime(-5n).text).toBe("toDateTime(0, 'UTC')");
});

test("the retention is read from the table's own TTL", () => {
  const table = (ttl: string): string =>
    `CREATE TABLE a.b (\`Bucket\` DateTime('UTC')) ENGINE = MergeTree PARTITION BY toDate(Bucket) ORDER BY Bucket ${ttl}SETTINGS ttl_only_drop_parts = 1`;
  expect(retentionOf(table("TTL Bucket + toIntervalDay(7) "))).toBe(7 * 86_400e9);
  expect(retentionOf(table("TTL Bucket + toIntervalHour(36) "))).toBe(36 * 3600e9);
  expect(retentionOf(table(""))).toBeUndefined();
});

test("parameters of a view are found once each", () => {
  expect(viewParams("SELECT {a:String}, {b: DateTime64(9)} WHERE x = {a:String}")).toEqual([
    { name: "a", type: "String" },
    { name: "b", type: "DateTime64(9)" },
  ]);
});
