import { expect, test } from "vitest";
import { cartText } from "../shared/carts.ts";
import { parseCart, reviveDate } from "./large-cart.ts";

test("dates come back as dates, everything else as it was", () => {
  const cart = parseCart(cartText(1, "c0001", 3));
  expect(cart.openedAt).toBeInstanceOf(Date);
  expect(cart.history).toHaveLength(3);
  expect(cart.history[0]?.at).toBeInstanceOf(Date);
  expect(cart.lines.every((line) => line.addedAt instanceof Date && line.sku.startsWith("sku-"))).toBe(true);
  expect(reviveDate("note", "May 2025")).toBe("May 2025");
});

test("a cart is the same text for the same seed and id", () => {
  expect(cartText(3, "c0009", 10)).toBe(cartText(3, "c0009", 10));
  expect(cartText(3, "c0009", 10)).not.toBe(cartText(4, "c0009", 10));
});
