import { expect, test } from "vitest";
import type { AttributeDifference } from "./result.ts";
import { rootCause, type RootCauseOptions } from "./root-cause.ts";
import { simulate } from "./testing/simulate.ts";

type Attributes = Record<string, string>;

function differences(
  slowOf: (i: number) => Attributes,
  baselineOf: (i: number) => Attributes,
  options: RootCauseOptions = {},
): readonly AttributeDifference[] {
  const side = (seed: number, of: (i: number) => Attributes): ReturnType<typeof simulate> =>
    simulate({ seed, spans: 100, functions: 3 }).map((span, i) => ({ ...span, attributes: of(i) }));
  const result = rootCause({ slow: side(1, slowOf), baseline: side(2, baselineOf), options });
  if (!result.comparable) throw new Error(result.detail);
  return result.answer.attributes;
}

test("values that are more common among slow spans come first, with both shares", () => {
  const rows = differences(
    (i) => ({ "user.tier": i < 88 ? "business" : "free", zone: `z${i % 3}` }),
    (i) => ({ "user.tier": i < 9 ? "business" : "free", zone: `z${(i + 1) % 3}` }),
  );
  expect(rows[0]).toEqual({
    key: "user.tier",
    value: "business",
    slowShare: 0.88,
    baselineShare: 0.09,
    p: 0.001,
  });
  expect(rows.some((row) => row.value === "free")).toBe(false);
  for (const row of rows.slice(1)) expect(row.p).toBeGreaterThan(0.05);
});

test("an attribute that only slow spans have differs", () => {
  const [first] = differences(
    () => ({ "feature.flag": "on" }),
    () => ({}),
  );
  expect(first).toMatchObject({ value: "on", slowShare: 1, baselineShare: 0, p: 0.001 });
});

test("numbers are compared by bounds", () => {
  const [first] = differences(
    (i) => ({ "cart.items": String(1000 + i * 7) }),
    (i) => ({ "cart.items": String(1 + i) }),
  );
  expect(first).toMatchObject({ key: "cart.items", slowShare: 1, p: 0.001 });
  expect(first!.value).toMatch(/^[\d,]+ and more$/);
});

test("ids, long values and what is the same everywhere are left out", () => {
  const of =
    (side: string) =>
    (i: number): Attributes => ({
      "user.id": side,
      "request.id": `${side}${i}`,
      "http.url": `/carts/${side}${i}`,
      "order.number.id": String(side === "s" ? 1000 + i : i),
      "db.query.text": side.repeat(65),
      "host.name": "h1",
    });
  expect(differences(of("s"), of("b"))).toEqual([]);
});

test("the attribute by which the sides were chosen is no finding", () => {
  const of = (version: string) => (): Attributes => ({ "service.version": version, region: version });
  const rows = differences(of("2"), of("1"), { slow: { version: "2" }, baseline: { version: "1" } });
  expect(rows.map((row) => row.key)).toEqual(["region"]);
});
