import { expect, test } from "vitest";
import { fitLabel, letterMeasure } from "./label.ts";

test("a label is cut where its room ends, and left out where two letters do not fit", () => {
  const ten = (text: string): number => text.length * 10;
  expect(fitLabel("parse", 50, ten)).toBe("parse");
  expect(fitLabel("parse", 49, ten)).toBe("par…");
  expect(fitLabel("parse", 29, ten)).toBe("");
});

test("a letter is measured once, whatever it stands in", () => {
  const asked: string[] = [];
  const measure = letterMeasure((text) => {
    asked.push(text);
    return text === "i" ? 3 : 7;
  });
  expect(measure("iwi")).toBe(13);
  expect(measure("wi")).toBe(10);
  expect(asked).toEqual(["i", "w"]);
});
