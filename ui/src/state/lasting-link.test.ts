import { expect, test } from "vitest";
import { lastingLink } from "./lasting-link.ts";

test("a copied address means the same time tomorrow, and keeps all else", () => {
  const at = { from: 1_000, to: 2_000 };
  const link = "http://here:1/compare?service=a&hide=x&hide=y&base=v:1.0.0";
  expect(lastingLink(`${link}&range=15m`, at)).toBe(`${link}&from=1000&to=2000`);
  expect(lastingLink(link, at)).toBe(`${link}&from=1000&to=2000`);
  expect(lastingLink("http://here:1/profiles?from=1000&to=2000", at)).toBe(
    "http://here:1/profiles?from=1000&to=2000",
  );
});
