import { expect, test } from "vitest";
import { plantedCauses } from "./config.ts";

test("SHOP_CAUSES names causes, none of them, or by default all", () => {
  expect([...plantedCauses("")]).toContain("large-cart");
  expect([...plantedCauses("large-cart")]).toEqual(["large-cart"]);
  expect(plantedCauses("none").size).toBe(0);
  expect(() => plantedCauses("large-card")).toThrow(/unknown cause "large-card"/);
});
