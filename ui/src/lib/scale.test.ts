import fc from "fast-check";
import { expect, test } from "vitest";
import { linearTicks, spacedMarks } from "./scale.ts";

const boxOf = (mark: ReturnType<typeof spacedMarks>[number], width: number): readonly [number, number] => {
  const size = mark.text.length * 6.3;
  const at = mark.share * width;
  return mark.align === "start"
    ? [at, at + size]
    : mark.align === "end"
      ? [at - size, at]
      : [at - size / 2, at + size / 2];
};

test("texts of an axis never overlap, and the last is kept where it is the axis's end", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1e6, noNaN: true }),
      fc.integer({ min: 20, max: 1600 }),
      fc.integer({ min: 2, max: 40 }),
      (to, width, about) => {
        const values = [...linearTicks(0, to, about), to];
        const marks = spacedMarks(
          values.map((value) => ({ share: value / to, text: value.toFixed(1) })),
          width,
          { keepLast: true },
        );
        expect(marks.at(-1)?.share).toBe(1);
        const boxes = marks.map((mark) => boxOf(mark, width));
        boxes.forEach((box, i) => i > 0 && expect(box[0]).toBeGreaterThan(boxes[i - 1]?.[1] ?? 0));
      },
    ),
  );
});

test("a mark that has no room for its text on the axis's ends stands inside", () => {
  const marks = spacedMarks(
    [
      { share: 0, text: "14:00" },
      { share: 0.5, text: "14:30" },
      { share: 1, text: "15:00" },
    ],
    600,
  );
  expect(marks.map((mark) => mark.align)).toEqual(["start", "middle", "end"]);
});
