import fc from "fast-check";
import { expect, test } from "vitest";
import { functionName, readStep, readSteps, type Step, stepText } from "./step.ts";

test("a step reads back from its text", () => {
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom("focus", "merge", "drop", "unrecurse", "collapse"),
        of: fc.string({ minLength: 1, maxLength: 600 }),
      }) as fc.Arbitrary<Step>,
      (step) => {
        expect(readStep(stepText(step))).toEqual(step);
      },
    ),
  );
});

test("what is no step is not one", () => {
  for (const text of ["", "merge", "merge ", "melt /a b", ` ${"x"}`, `merge ${"x".repeat(601)}`])
    expect(readStep(text)).toBeUndefined();
  expect(readSteps(undefined)).toBeUndefined();
  expect(readSteps(["melt x"])).toBeUndefined();
  expect(readSteps(["melt x", "merge /a a.js"])).toEqual(["merge /a a.js"]);
});

test("a function is called by its name alone", () => {
  expect(functionName("date-fns/parseISO lib/parseISO.js")).toBe("parseISO");
  expect(functionName("@opentelemetry/api/bind lib/a b.js")).toBe("bind lib/a");
  expect(functionName("/(anonymous) src/a.ts")).toBe("(anonymous)");
  expect(functionName("/get size src/a.ts")).toBe("get size");
  expect(functionName("/JSON.parse ")).toBe("JSON.parse");
});
