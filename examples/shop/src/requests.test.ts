import { describe, expect, test } from "vitest";
import { requests, type ShopRequest } from "./requests.ts";
import { cartId, WHOLESALE_CARTS, wholesaleCarts } from "./shared/carts.ts";

const first = (seed: number, count: number): ShopRequest[] => {
  const source = requests(seed);
  return Array.from({ length: count }, () => source.next().value);
};

describe("requests", () => {
  test("one seed gives one sequence, another seed another", () => {
    expect(first(7, 200)).toEqual(first(7, 200));
    expect(first(7, 200)).not.toEqual(first(8, 200));
  });

  test("5 % of the cart requests and no order ask for a wholesale cart", () => {
    const large = new Set(wholesaleCarts(1).map(cartId));
    expect(large.size).toBe(WHOLESALE_CARTS);
    const all = first(1, 20_000);
    const carts = all.filter((request) => request.endpoint === "GET /cart/{id}");
    expect(carts.length / all.length).toBeCloseTo(0.45, 1);
    const slow = carts.filter((request) => large.has(request.path.slice("/cart/".length)));
    expect(slow.length / carts.length).toBeGreaterThan(0.04);
    expect(slow.length / carts.length).toBeLessThan(0.06);
    const orders = all.flatMap((request) => request.body ?? []);
    expect(orders.length).toBeGreaterThan(0);
    expect(orders.some((body) => large.has((JSON.parse(body) as { cart: string }).cart))).toBe(false);
  });
});
