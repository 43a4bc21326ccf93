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
