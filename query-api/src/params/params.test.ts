import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { refusedVerb } from "./statement.ts";
import { parseRange } from "./time.ts";

const now = Date.UTC(2026, 10, 23, 12);
const DAY = 86_400_000;
const range = (query: { from?: string; to?: string }) => parseRange(query, now, 31 * DAY);

test("times are RFC 3339 or Unix milliseconds, to the nanosecond", () => {
  const ms = String(Date.UTC(2026, 10, 23, 11));
  const at = 1_795_431_600_000_000_000n;
  expect(range({ from: ms }).from).toBe(at);
  expect(range({ from: "2026-11-23T11:00:00Z" }).from).toBe(at);
  expect(range({ from: "2026-11-23t12:00:00+01:00" }).from).toBe(at);
  expect(range({ from: "2026-11-23T12:00:00 01:00" }).from).toBe(at);
  expect(range({ from: "2026-11-23T11:00:00.000000007Z" }).from).toBe(at + 7n);
  expect(range({ from: "2026-11-23T11:00:00.5Z" }).from).toBe(at + 500_000_000n);
});

test("the default is the last hour, now included", () => {
  const { from, to } = range({});
  expect(to).toBe(BigInt(now + 1) * 1_000_000n);
  expect(to - from).toBe(3_600_000_000_000n);
  expect(range({ to: String(now) }).from).toBe(BigInt(now - 3_600_000) * 1_000_000n);
});

test.each([
  [{ from: "yesterday" }, "from"],
  [{ from: "2026-11-23" }, "from"],
  [{ from: "2026-11-23T11:00:00" }, "from"],
  [{ from: "2026-13-23T11:00:00Z" }, "from"],
  [{ from: "2026-02-30T11:00:00Z" }, "from"],
  [{ from: "2026-11-22T24:00:00Z" }, "from"],
  [{ from: "2026-11-22T11:60:00+01:00" }, "from"],
  [{ from: "-5" }, "from"],
  [{ from: "1e3" }, "from"],
  [{ from: "" }, "from"],
  [{ to: "99999999999999999999" }, "to"],
  [{ to: "999999999999999" }, "to"],
  [{ from: String(now), to: String(now) }, "from"],
  [{ from: String(now), to: String(now - 1) }, "from"],
])("%j is refused by name", (query, field) => {
  expect(() => range(query)).toThrow(expect.objectContaining({ code: "bad_parameter", field }) as Error);
});

test("a range over the limit is too large", () => {
  expect(() => range({ from: String(now - 32 * DAY), to: String(now) })).toThrow(
    expect.objectContaining({ code: "range_too_large" }) as Error,
  );
});

test("a cursor comes back as it was, and only to its own list", () => {
  const query = { service: ["a"], sort: "start" as const };
  const cursor = { range: { from: 2n ** 60n, to: 2n ** 60n + 1n }, key: ["ab", "17"] };
  const text = encodeCursor(cursor, query);
  expect(decodeCursor(text, query, 2, DAY)).toEqual(cursor);
  expect(decodeCursor(text, { ...query, limit: 7, cursor: text, from: "1" }, 2, DAY)).toEqual(cursor);
  for (const other of [{ service: ["b"], sort: "start" }, {}])
    expect(() => decodeCursor(text, other, 2, DAY)).toThrow(
      expect.objectContaining({ field: "cursor" }) as Error,
    );
  expect(() => decodeCursor(text, query, 3, DAY)).toThrow();
});

test("a cursor asks for nothing that nobody may ask for", () => {
  for (const asked of [
    { from: 0n, to: 10n ** 20n - 1n },
    { from: 5n, to: 5n },
    { from: 6n, to: 5n },
    { from: 0n, to: BigInt(DAY) * 1_000_000n + 1n },
  ]) {
    const text = encodeCursor({ range: asked, key: ["1"] }, {});
    expect(() => decodeCursor(text, {}, 1, DAY)).toThrow(
      expect.objectContaining({ field: "cursor" }) as Error,
    );
  }
});

test("any other text is no cursor", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => Buffer.from(json).toString("base64url")),
      ),
      (text) => {
        expect(() => decodeCursor(text, {}, 3, DAY)).toThrow(
          expect.objectContaining({ code: "bad_parameter", field: "cursor" }) as Error,
        );
      },
    ),
  );
});

test.each([
  ["SELECT 1", undefined],
  ["  /* DROP */ -- x\n ( select 1)", undefined],
  ["WITH 1 AS a SELECT a", undefined],
  ["SHOW TABLES", undefined],
  ["SELEC 1", undefined],
  ["", undefined],
  ["kill query where 1", "KILL"],
  ["/**/KILL QUERY WHERE 1", "KILL"],
  ["-- SELECT\nDROP TABLE a", "DROP"],
  ["# SELECT\nSET a = 1", "SET"],
  ["((INSERT INTO a SELECT 1", "INSERT"],
  ["; SYSTEM SHUTDOWN", "SYSTEM"],
  ["SELECT 1; DROP TABLE a", "DROP"],
  ["SELECT ';'; /* ; */ drop table a", "DROP"],
  ["SELECT '; DROP TABLE a', `;set`, \"; SET\" -- ; KILL", undefined],
  ["SELECT 1; SELECT 2", undefined],
])("%j: refused verb %s", (query, verb) => {
  expect(refusedVerb(query)).toBe(verb);
});
