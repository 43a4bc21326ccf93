import { expect, test } from "vitest";
import { CAUSES, plantedCauses } from "./config.ts";

test("SHOP_CAUSES names causes, all or none of them, or by default a selection", () => {
  expect([...plantedCauses("")]).toContain("large-cart");
  expect([...plantedCauses("large-cart")]).toEqual(["large-cart"]);
  expect([...plantedCauses("stalled, export-hog")]).toEqual(["export-hog", "stalled"]);
  expect([...plantedCauses("all")]).toEqual([...CAUSES]);
  expect(plantedCauses("none").size).toBe(0);
  expect(() => plantedCauses("large-card")).toThrow(/unknown cause "large-card"/);
});
