import { expect, test } from "vitest";
import { bestDiscount, priceLines, productPrices, type Rule, rules } from "./rules.ts";
import { catalogue } from "./shared/catalogue.ts";

const rule = (name: string, discount: number): Rule => ({
  name,
  discount,
  categories: ["books"],
  tags: [],
  skuPattern: /./,
  leastQuantity: 1,
});

test("the best pair of rules wins, capped at 30 %", () => {
  expect(bestDiscount([])).toEqual({ share: 0, names: [] });
  expect(bestDiscount([rule("a", 100)])).toEqual({ share: 100, names: ["a"] });
  expect(bestDiscount([rule("a", 100), rule("b", 50), rule("c", 20)])).toEqual({
    share: 145,
    names: ["a", "b"],
  });
  expect(bestDiscount([rule("a", 200), rule("b", 200)]).share).toBe(300);
});

test("a quote adds up and ignores unknown products", () => {
  const products = catalogue(1);
  const quote = priceLines(products, rules(1), [
    { sku: "sku-0001", quantity: 2 },
    { sku: "sku-9999", quantity: 1 },
    { sku: "sku-0100", quantity: 1 },
  ]);
  expect(quote.lines.map((line) => line.sku)).toEqual(["sku-0001", "sku-0100"]);
  expect(quote.total).toBe(quote.lines.reduce((sum, line) => sum + line.price, 0));
  expect(quote.total).toBeGreaterThan(0);
});

test("a category lists its products only", () => {
  const products = catalogue(1);
  const listed = productPrices(products, rules(1), "toys").products.map((line) => line.sku);
  expect(listed).toEqual(products.filter((p) => p.category === "toys").map((p) => p.sku));
  expect(listed.length).toBeGreaterThan(10);
});
