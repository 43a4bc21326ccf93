import { expect, test } from "vitest";
import { deploysOf } from "./deploys.ts";

const seen = (service: string, environment: string, version: string, first: number) => ({
  service,
  environment,
  version,
  first: BigInt(first),
  instances: 1,
});

test("each version comes after the one that was new before it, in its service and environment", () => {
  const deploys = deploysOf(
    [
      seen("cart", "prod", "2", 300),
      seen("cart", "staging", "2", 200),
      seen("cart", "prod", "1", 100),
      seen("cart", "staging", "1", 50),
      seen("web", "", "9", 250),
    ],
    { from: 100n, to: 1000n },
  );
  expect(
    deploys.map(({ service, environment, version, previousVersion, unixNano }) => [
      unixNano,
      service,
      environment,
      previousVersion,
      version,
    ]),
  ).toEqual([
    ["100", "cart", "prod", null, "1"],
    ["200", "cart", "staging", "1", "2"],
    ["250", "web", null, null, "9"],
    ["300", "cart", "prod", "1", "2"],
  ]);
});

test("the range says which are shown, not which was before", () => {
  const versions = ["1", "2", "3"].map((version, i) => seen("cart", "", version, 100 * (i + 1)));
  expect(deploysOf(versions, { from: 200n, to: 300n })).toMatchObject([
    { version: "2", previousVersion: "1" },
  ]);
  expect(deploysOf(versions, { from: 301n, to: 400n })).toEqual([]);
});
