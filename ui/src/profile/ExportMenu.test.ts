import { expect, test } from "vitest";
import { sampleWords } from "./ExportMenu.tsx";

test("the export says what of the view a file has, and what it has not", () => {
  expect(sampleWords({})).toBe("The samples");
  expect(sampleWords({ hide: ["x"], zoom: "a" })).toBe("The samples, as filtered");
  expect(sampleWords({ step: ["focus a"] })).toBe("The samples, without transforms");
  expect(sampleWords({ focus: ["x"], step: ["focus a"], order: "inverted" })).toBe(
    "The samples, as filtered, without transforms and the inverted order",
  );
  expect(sampleWords({ order: "flame", highlight: ["x"] })).toBe("The samples");
});
