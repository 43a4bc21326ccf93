import { expect, test } from "vitest";
import { stepBack, zoomSteps } from "./useFrames.ts";

const walked = (...keys: readonly (string | undefined)[]) =>
  keys
    .slice(1)
    .reduce((steps, to, index) => zoomSteps(steps, keys[index], to), [] as ReturnType<typeof zoomSteps>);

test("one step back is to what was zoomed to before, then to all", () => {
  const first = stepBack(walked(undefined, "a", "b"), "b");
  expect(first.from).toBe("a");
  expect(stepBack(first.rest, "a")).toEqual({ from: undefined, rest: [] });
});

test("a click on the frame that is shown in full is no step, one on the root ends all", () => {
  expect(walked(undefined, "a", "a")).toHaveLength(1);
  expect(walked(undefined, "a", "b", undefined)).toEqual([]);
});

test("steps that the browser went back over are passed by; of an opened link there are none", () => {
  expect(stepBack(walked(undefined, "a", "b", "c"), "b")).toEqual({
    from: "a",
    rest: walked(undefined, "a"),
  });
  expect(stepBack([], "x")).toEqual({ from: undefined, rest: [] });
});
