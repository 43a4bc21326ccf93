import fc from "fast-check";
import { expect, test } from "vitest";
import { roundedMeans } from "./means.ts";

test("rounded means sum to the rounded mean of all, each within 1, zeros stay", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constant(0),
          fc.maxSafeNat().map((n) => n % 1e14),
        ),
        { minLength: 1, maxLength: 11 },
      ),
      fc.integer({ min: 1, max: 1000 }),
      (sums, n) => {
        const { total, parts } = roundedMeans(sums, n);
        const all = sums.reduce((sum, value) => sum + value, 0);
        expect(total).toBe(Math.round(all / n));
        expect(parts.reduce((sum, value) => sum + value, 0)).toBe(total);
        parts.forEach((part, i) => {
          expect(Math.abs(part - sums[i]! / n)).toBeLessThanOrEqual(1);
          if (sums[i] === 0) expect(part).toBe(0);
        });
      },
    ),
    { seed: 1 },
  );
});
