import fc from "fast-check";
import { expect, test } from "vitest";
import { boxesOf, kidLines, tickMarks } from "./boxes.ts";
import type { TimelineView } from "./view.ts";

const empty: TimelineView = {
  startUnixNano: 0n,
  from: 0,
  to: 1000,
  duration: 1000,
  turns: [],
  gc: [],
  span: [],
  kids: [],
  lanes: 1,
  hiddenKids: 0,
  ticks: [],
  culprit: undefined,
  says: [],
};

test("many thin pieces are at most two boxes a pixel, and cover what they covered", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 600 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 10, max: 400 }), (list, width) => {
      let at = 0;
      const pieces = list.map((length, index) => {
        const start = at;
        at += length;
        return { start, end: at, kind: index % 3 };
      });
      const boxes = boxesOf(pieces, (time) => (time / at) * width);
      expect(boxes.length).toBeLessThanOrEqual(2 * width + 2);
      const last = boxes.at(-1);
      expect((last?.x ?? 0) + (last?.width ?? 0)).toBeGreaterThan(width - 1);
    }),
  );
});

test("a label is there where it has room", () => {
  const [wide, thin] = boxesOf(
    [
      { start: 0, end: 500, kind: "a", text: "POST /export · buildCsv" },
      { start: 500, end: 520, kind: "b", text: "GET /cart" },
    ],
    (time) => time,
  );
  expect(wide?.label).toBe("POST /export · buildCsv");
  expect(thin?.label).toBe("");
});

test("ticks stand a pixel and a half apart at least", () => {
  const ticks = Array.from({ length: 5000 }, (_, i) => ({ at: i / 5, class: null }));
  const marks = tickMarks({ ...empty, ticks }, 400);
  expect(marks.length).toBeLessThanOrEqual(267);
  expect(marks.every((mark, i) => i === 0 || mark.x - (marks[i - 1]?.x ?? 0) >= 1.5)).toBe(true);
});

test("a child's name stands beside its line, on the side where there is room, or not at all", () => {
  const kid = (start: number, end: number, name: string) => ({
    start,
    end,
    name,
    spanId: name,
    answered: undefined,
    lane: 0,
  });
  const names = (kids: ReturnType<typeof kid>[]) =>
    kidLines({ ...empty, kids }, 1000).map((line) => line.name?.before);
  expect(names([kid(0, 100, "redis GET")])).toEqual([false]);
  expect(names([kid(900, 990, "redis GET")])).toEqual([true]);
  expect(names([kid(0, 100, "redis GET"), kid(110, 990, "pg")])).toEqual([undefined, undefined]);
});
