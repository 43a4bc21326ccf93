// The time that samples speak for. Pure.

/** Unix ms. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Between two windows of a thread the agent collects the profile of the first. */
const JOIN_MS = 1000;

/**
 * Stretches without overlaps, in order, within a range: of windows, and of steps that have samples but no window, as those of other
 * profilers. A step without either is time that nobody looked at, and not time without work.
 * @param windows by start
 * @param steps starts of steps with samples, Unix ms
 */
export function coveredTime(
  windows: readonly Stretch[],
  steps: Iterable<number>,
  stepMs: number,
  range: Stretch,
): readonly Stretch[] {
  const seen = join(windows, range);
  const bare: Stretch[] = [];
  let at = 0;
  for (const from of [...new Set(steps)].sort((a, b) => a - b)) {
    const to = from + stepMs;
    while (at < seen.length && seen[at]!.to <= from) at++;
    if (at === seen.length || seen[at]!.from >= to) bare.push({ from, to });
  }
  return bare.length === 0
    ? seen
    : join(
        [...seen, ...bare].sort((a, b) => a.from - b.from),
        range,
      );
}

/** @param stretches by start */
function join(stretches: readonly Stretch[], range: Stretch): readonly Stretch[] {
  const joined: { from: number; to: number }[] = [];
  for (const one of stretches) {
    const from = Math.max(range.from, one.from);
    const to = Math.min(range.to, one.to);
    if (to <= from) continue;
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to + JOIN_MS) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}
