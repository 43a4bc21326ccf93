import { expect, test } from "vitest";
import { regressions, type VersionSpans } from "./regressions.ts";
import { type Plant, simulate } from "./testing/simulate.ts";

function version(
  endpoint: string,
  name: string,
  seed: number,
  plants: readonly Plant[] = [],
  spans = 60,
): VersionSpans {
  return {
    service: "checkout",
    endpoint,
    version: name,
    firstUnixNano: BigInt(name.replaceAll(".", "")),
    spans: simulate({ seed, spans, plants, functions: 10 }),
  };
}

const slower: readonly Plant[] = [{ kind: "function", ms: 60, name: "roundTax" }];

test("each version is compared with the one before it", () => {
  const { regressions: found } = regressions([
    version("GET /cart", "1.2.0", 3, slower),
    version("GET /cart", "1.0.0", 1),
    version("GET /cart", "1.1.0", 2, slower),
    version("GET /items", "1.0.0", 6),
    version("GET /items", "1.1.0", 7),
  ]);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ service: "checkout", endpoint: "GET /cart", from: "1.0.0", to: "1.1.0" });
  expect(found[0]!.deltaNano).toBeGreaterThan(40e6);
  expect(found[0]!.p).toBeLessThan(0.05);
  expect(found[0]!.top[0]).toMatchObject({ function: "roundTax", significant: true });
});

test("a version that is faster is no regression", () => {
  expect(
    regressions([version("GET /cart", "1.0.0", 1, slower), version("GET /cart", "1.1.0", 2)]).regressions,
  ).toEqual([]);
});

test("too few spans are not compared", () => {
  expect(
    regressions([version("GET /cart", "1.0.0", 1), version("GET /cart", "1.1.0", 2, slower, 19)]).regressions,
  ).toEqual([]);
});

test("forty endpoints without a change: none is reported", () => {
  const groups = Array.from({ length: 40 }, (_, i) => [
    version(`GET /${i}`, "1.0.0", 100 + i, [], 20),
    version(`GET /${i}`, "1.1.0", 300 + i, [], 20),
  ]).flat();
  expect(regressions(groups).regressions).toEqual([]);
});
