import { expect, test } from "vitest";
import { requests } from "./requests.ts";
import { CAUSES, plantedCauses } from "./shared/config.ts";
import { shop, truths } from "./index.ts";

test("every cause has its truth", () => {
  expect(truths.map(({ cause }) => cause)).toEqual([...CAUSES]);
});

test("the share of requests that a cause hits is the stated one", () => {
  const source = requests(1, plantedCauses("all"));
  const counts = new Map<string, { all: number; hit: number }>();
  const count = (endpoint: string, cause: string | undefined): void => {
    const entry = counts.get(endpoint) ?? { all: 0, hit: 0 };
    counts.set(endpoint, entry);
    entry.all++;
    if (cause !== undefined) entry.hit++;
  };
  for (let i = 0; i < 30_000; i++) {
    const request = source.next().value;
    count(request.endpoint, request.planted);
    for (const { request: next } of request.followedBy ?? []) count(next.endpoint, next.planted);
  }
  // Hit by chance of time (a throttled phase) or by the instance that answers: not to be read from the request.
  const notInTheRequest = new Set(["stalled", "version-1.1"]);
  for (const { cause, endpoint, share } of truths) {
    if (share === undefined || notInTheRequest.has(cause)) continue;
    const { all, hit } = counts.get(endpoint) ?? { all: 0, hit: 0 };
    expect(all, endpoint).toBeGreaterThan(500);
    expect(Math.abs(hit / all - share), `${cause}: ${hit} of ${all}`).toBeLessThan(0.025);
  }
  for (const endpoint of ["GET /invoice/{id}", "GET /profile/{id}", "GET /delivery/{id}"]) {
    expect(counts.get(endpoint)?.hit, endpoint).toBeGreaterThan(0);
  }
});

test("only services that a planted cause needs are started and asked", () => {
  const names = (text: string): string[] =>
    shop(plantedCauses(text))
      .stages.flat()
      .map(({ name }) => name);
  expect(names("none")).toEqual(["pricing", "tax", "checkout", "gateway"]);
  expect(names("version-1.1,stalled")).toEqual([
    "pricing",
    "tax",
    "tax-next",
    "warehouse",
    "checkout",
    "gateway",
  ]);
  const asked = new Set<string>();
  const source = requests(1, plantedCauses("none"));
  for (let i = 0; i < 2000; i++) asked.add(source.next().value.endpoint);
  expect([...asked].sort()).toEqual([
    "GET /cart/{id}",
    "GET /products/{category}",
    "GET /wishlist/{id}",
    "POST /orders",
  ]);
});
