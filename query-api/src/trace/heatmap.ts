/** Traces are counted by levels of their durations first, so many to an octave, and rows of a heatmap are whole levels. */
export const LEVELS_PER_OCTAVE = 64;

/** Traces of one level within one column. `low` and `high` are the shortest and the longest of them, ns. */
export interface LevelCount {
  readonly column: number;
  /** `floor(log2(duration) * LEVELS_PER_OCTAVE)` */
  readonly level: number;
  readonly count: number;
  readonly errors: number;
  readonly low: number;
  readonly high: number;
}

export interface DurationGrid {
  /** `rows` + 1 ascending whole ns, evenly spaced in the logarithm; every duration lies from one to before another. */
  readonly edges: readonly number[];
  /** `[column, row, count, errors]`, by column and row. */
  readonly cells: number[][];
}

/** The least whole ns of each level, ascending; below a hundred ns several levels share one. */
const BOUNDS: readonly number[] = [
  ...new Set(Array.from({ length: 64 * LEVELS_PER_OCTAVE }, (_, level) => boundOf(level))),
];

function boundOf(level: number): number {
  return Math.ceil(2 ** (level / LEVELS_PER_OCTAVE));
}

/** Index of the greatest bound that is at most `nano`. */
function stepOf(nano: number): number {
  let low = 0;
  let high = BOUNDS.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (BOUNDS[middle]! <= nano) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * A grid of `rows` rows with every duration inside, at least an octave high, so that durations which hardly differ do not fill
 * the picture. Edges are levels, so they move in steps only while traces arrive.
 */
export function durationGrid(counts: readonly LevelCount[], rows: number): DurationGrid {
  // Without traces: 1 ms to 10 s, so that axes can be drawn.
  if (counts.length === 0)
    return {
      edges: Array.from({ length: rows + 1 }, (_, i) => Math.round(1e6 * 1e4 ** (i / rows))),
      cells: [],
    };
  const steps = counts.map(({ level }) => stepOf(boundOf(level)));
  const least = steps.reduce((a, b) => Math.min(a, b));
  const levels = steps.reduce((a, b) => Math.max(a, b)) - least + 1;
  const perRow = Math.ceil(Math.max(levels, LEVELS_PER_OCTAVE) / rows);
  const spare = Math.floor((rows * perRow - levels) / 2);
  const first = Math.max(0, Math.min(least - spare, BOUNDS.length - 1 - rows * perRow));
  const rowOf = (step: number): number => Math.floor((step - first) / perRow);

  const edges = Array.from({ length: rows + 1 }, (_, i) => BOUNDS[first + i * perRow]!);
  const cells = new Map<string, number[]>();
  for (const [i, { column, count, errors, low, high }] of counts.entries()) {
    const row = rowOf(steps[i]!);
    // Its logarithm may put a duration right at a bound into the level on the other side.
    edges[row] = Math.min(edges[row]!, low);
    edges[row + 1] = Math.max(edges[row + 1]!, high + 1);
    const cell = cells.get(`${column},${row}`);
    if (cell === undefined) cells.set(`${column},${row}`, [column, row, count, errors]);
    else {
      cell[2]! += count;
      cell[3]! += errors;
    }
  }
  return { edges, cells: [...cells.values()].sort(([a, b], [c, d]) => a! - c! || b! - d!) };
}
