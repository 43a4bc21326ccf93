// Axis marks at round values.

/** Round values in [0, max], about `about` of them, beginning with 0. */
export function linearTicks(from: number, to: number, about: number): readonly number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const rough = span / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step - 1e-9) * step; at <= to + step * 1e-9; at += step) {
    ticks.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  }
  return ticks;
}

const timeSteps = [
  1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/** Unix milliseconds at round clock times in [from, to], at most `most` of them. */
export function timeTicks(fromMs: number, toMs: number, most: number): readonly number[] {
  const span = toMs - fromMs;
  if (!(span > 0)) return [fromMs];
  const step = 1000 * (timeSteps.find((seconds) => span / (seconds * 1000) <= most) ?? 604_800);
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) ticks.push(at);
  return ticks;
}

/** Values 1, 3, 10, 30 … (times any power of ten) between two positive values. */
export function logTicks(low: number, high: number): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of [1, 3]) {
      const value = factor * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  return ticks;
}

export interface Mark {
  /** Where on the axis, 0..1. */
  readonly share: number;
  readonly text: string;
}

export interface PlacedMark extends Mark {
  /** Text begins at the mark, is centred on it, or ends at it. */
  readonly align: "start" | "middle" | "end";
}

// Digits of the 11 px label face are 6.2 px wide at most; words are narrower on average.
const letterPx = 6.3;

/**
 * The marks whose texts fit beside each other on `width` pixels, in order. The last one wins over its neighbours
 * where `keepLast` says that it is the axis's end; texts never leave the axis.
 */
export function spacedMarks(
  marks: readonly Mark[],
  width: number,
  options: { readonly gap?: number; readonly keepLast?: boolean } = {},
): readonly PlacedMark[] {
  const gap = options.gap ?? 12;
  const boxed = marks.map((mark) => {
    const size = mark.text.length * letterPx;
    const at = mark.share * width;
    const align = at < size / 2 ? "start" : at > width - size / 2 ? "end" : "middle";
    const left = align === "start" ? at : align === "end" ? at - size : at - size / 2;
    return { placed: { ...mark, align } as PlacedMark, left, right: left + size };
  });
  const kept: typeof boxed = [];
  for (const box of boxed) {
    const before = kept.at(-1);
    if (before === undefined || box.left >= before.right + gap) kept.push(box);
    else if (options.keepLast === true && box === boxed.at(-1)) {
      while (kept.length > 0 && (kept.at(-1)?.right ?? 0) + gap > box.left) kept.pop();
      kept.push(box);
    }
  }
  return kept.map((box) => box.placed);
}
