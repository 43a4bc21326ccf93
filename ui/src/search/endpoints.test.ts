import { expect, test } from "vitest";
import { measuredWords, rankEndpoints, twoVersions } from "./endpoints.ts";

const operation = (name: string, p50Nano: number, p95Nano: number, kind = "server", spans = 9) => ({
  name,
  kind,
  endpoint: name,
  spans,
  p50Nano,
  p95Nano,
  samples: 0,
});

test("endpoints stand by how far their slow requests are from the usual ones", () => {
  const ranked = rankEndpoints([
    { service: "a", operations: [operation("always slow", 900, 950), operation("sometimes", 10, 500)] },
    {
      service: "b",
      operations: [
        operation("call", 1, 9000, "client"),
        operation("once", 1, 9000, "server", 1),
        operation("even", 5, 5),
      ],
    },
    { service: "c", operations: [operation("queue", 1, 300, "consumer")] },
  ]);
  expect(ranked.map((one) => one.operation)).toEqual(["sometimes", "queue", "always slow", "even"]);
});

test("versions that run beside each other are compared, the latest with the one before", () => {
  expect(twoVersions({ versions: ["1.9.0", "1.10.0", "1.2.0"] })).toEqual({
    later: "1.10.0",
    earlier: "1.9.0",
  });
  expect(twoVersions({ versions: ["1.0.0", ""] })).toBeUndefined();
  expect(twoVersions(undefined)).toBeUndefined();
});

test("of which time the endpoints are is said", () => {
  expect(measuredWords({})).toBe("last hour");
  expect(measuredWords({ range: "15m" })).toBe("last 15 minutes");
  expect(measuredWords({ range: "7d" })).toBe("last 24 hours");
  expect(measuredWords({ from: 0, to: 3_600_000 })).toBe("in this range");
  expect(measuredWords({ from: 0, to: 2 * 86_400_000 })).toBe("last 24 hours of this range");
});
