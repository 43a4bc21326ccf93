// The latency heatmap as numbers: what the answer holds, the selection on it, and what they say in words.
import type { HeatmapAnswer } from "../api/types.ts";
import { toUnixMs } from "../lib/time.ts";

export interface HeatGrid {
  readonly columns: number;
  readonly rows: number;
  readonly t0Ms: number;
  readonly stepMs: number;
  /** rows + 1 duration edges in nanoseconds, ascending. */
  readonly edges: readonly number[];
  readonly count: Float64Array;
  readonly errors: Float64Array;
  readonly total: number;
  readonly totalErrors: number;
  readonly most: number;
}

/** Column and row indexes, both ends inside. */
export interface CellRect {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

export function heatGrid(answer: HeatmapAnswer, columns: number): HeatGrid {
  const used = answer.cells.reduce((most, cell) => Math.max(most, (cell[1] ?? 0) + 1), 0);
  const edges = [...answer.edgesNano];
  // An open highest bucket is drawn as wide as the one below it.
  const known = Math.max(used, edges.length - 1, 1);
  while (edges.length < known + 1) edges.push(nextEdge(edges));
  const rows = edges.length - 1;
  const count = new Float64Array(columns * rows);
  const errors = new Float64Array(columns * rows);
  let total = 0;
  let totalErrors = 0;
  let most = 0;
  for (const [t = -1, d = -1, n = 0, failed = 0] of answer.cells) {
    if (t < 0 || t >= columns || d < 0 || d >= rows) continue;
    const cell = t * rows + d;
    count[cell]! += n;
    errors[cell]! += failed;
    total += n;
    totalErrors += failed;
    most = Math.max(most, count[cell] as number);
  }
  return {
    columns,
    rows,
    t0Ms: toUnixMs(answer.t0UnixNano),
    stepMs: answer.stepNano / 1e6,
    edges,
    count,
    errors,
    total,
    totalErrors,
    most,
  };
}

function nextEdge(edges: readonly number[]): number {
  const last = edges.at(-1) ?? 1e6;
  const before = edges.at(-2);
  return before === undefined || before <= 0 ? last * 2 : last * (last / before);
}

export const cellCount = (grid: HeatGrid, t: number, d: number): number => grid.count[t * grid.rows + d] ?? 0;

/** The five classes of the scale: the least count of each. Geometric, ends at the fullest cell. */
export function heatSteps(most: number): readonly number[] {
  if (most <= 5) return [1, 2, 3, 4, 5];
  const steps = [1, most ** 0.3, most ** 0.53, most ** 0.74, most ** 0.9].map((step) =>
    Math.max(1, Math.round(step)),
  );
  for (let i = 1; i < steps.length; i++)
    steps[i] = Math.max(steps[i] as number, (steps[i - 1] as number) + 1);
  return steps;
}

/** 0..4 for a count ≥ 1. */
export function heatClass(steps: readonly number[], count: number): number {
  let found = 0;
  steps.forEach((least, index) => {
    if (count >= least) found = index;
  });
  return found;
}

/** The instants between which all data lies, a column of margin on each side; undefined without data. */
export function dataRange(grid: HeatGrid): { readonly fromMs: number; readonly toMs: number } | undefined {
  let first = grid.columns;
  let last = -1;
  for (let t = 0; t < grid.columns; t++) {
    for (let d = 0; d < grid.rows; d++) {
      if (cellCount(grid, t, d) === 0) continue;
      first = Math.min(first, t);
      last = Math.max(last, t);
    }
  }
  if (last < 0) return undefined;
  return {
    fromMs: Math.round(grid.t0Ms + Math.max(0, first - 1) * grid.stepMs),
    toMs: Math.round(grid.t0Ms + Math.min(grid.columns, last + 2) * grid.stepMs),
  };
}

/** Spans per duration bucket, from the fastest. */
export function marginal(grid: HeatGrid): Float64Array {
  const sums = new Float64Array(grid.rows);
  for (let t = 0; t < grid.columns; t++) {
    for (let d = 0; d < grid.rows; d++) sums[d]! += cellCount(grid, t, d);
  }
  return sums;
}

/** A percentile in nanoseconds, interpolated inside its bucket on the logarithmic scale. */
export function percentile(grid: HeatGrid, share: number): number | undefined {
  if (grid.total === 0) return undefined;
  const sums = marginal(grid);
  const wanted = share * grid.total;
  let below = 0;
  for (let d = 0; d < grid.rows; d++) {
    const inside = sums[d] as number;
    if (inside > 0 && below + inside >= wanted) {
      return between(grid.edges[d] as number, grid.edges[d + 1] as number, (wanted - below) / inside);
    }
    below += inside;
  }
  return grid.edges[grid.rows];
}

function between(low: number, high: number, share: number): number {
  return low > 0 ? low * (high / low) ** share : low + (high - low) * share;
}

/** Where a duration lies on the vertical axis: rows from the bottom, fractions inside a bucket. */
export function rowOf(grid: HeatGrid, nano: number): number {
  const { edges, rows } = grid;
  if (nano <= (edges[0] as number)) return 0;
  for (let d = 0; d < rows; d++) {
    const low = edges[d] as number;
    const high = edges[d + 1] as number;
    if (nano <= high) {
      const share = low > 0 ? Math.log(nano / low) / Math.log(high / low) : (nano - low) / (high - low);
      return d + Math.min(1, Math.max(0, share));
    }
  }
  return rows;
}

export interface HeatSelection {
  readonly fromMs: number;
  readonly toMs: number;
  /** Milliseconds; undefined is without end on that side. */
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
}

/** What the address holds: any side may be open. */
export type PartSelection = { readonly [K in keyof HeatSelection]?: HeatSelection[K] | undefined };

/** The rectangle of cells as instants and durations. The whole height selects no duration. */
export function selectionOf(grid: HeatGrid, rect: CellRect): HeatSelection {
  return {
    fromMs: Math.round(grid.t0Ms + rect.left * grid.stepMs),
    toMs: Math.round(grid.t0Ms + (rect.right + 1) * grid.stepMs),
    minMs: rect.bottom === 0 ? undefined : roundMs(grid.edges[rect.bottom] as number, "down"),
    maxMs: rect.top === grid.rows - 1 ? undefined : roundMs(grid.edges[rect.top + 1] as number, "up"),
  };
}

// Three significant digits, outwards: the rectangle's cells stay inside.
function roundMs(nano: number, way: "up" | "down"): number {
  const value = nano / 1e6;
  const size = 10 ** (Math.floor(Math.log10(Math.max(value, 1e-6))) - 2);
  const steps = value / size;
  // A value that is already round stays what it is.
  const rounded =
    Math.abs(steps - Math.round(steps)) < 1e-6
      ? Math.round(steps)
      : way === "up"
        ? Math.ceil(steps)
        : Math.floor(steps);
  return Number((rounded * size).toPrecision(3));
}

/** Where a selection stands on the grid, in cells (fractions allowed), undefined when it is outside. */
export function placeSelection(
  grid: HeatGrid,
  selection: PartSelection,
):
  | { readonly left: number; readonly right: number; readonly bottom: number; readonly top: number }
  | undefined {
  const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value));
  const left = clamp(((selection.fromMs ?? grid.t0Ms) - grid.t0Ms) / grid.stepMs, grid.columns);
  const right = clamp(
    selection.toMs === undefined ? grid.columns : (selection.toMs - grid.t0Ms) / grid.stepMs,
    grid.columns,
  );
  const bottom = selection.minMs === undefined ? 0 : rowOf(grid, selection.minMs * 1e6);
  const top = selection.maxMs === undefined ? grid.rows : rowOf(grid, selection.maxMs * 1e6);
  return right > left && top > bottom ? { left, right, bottom, top } : undefined;
}

/** Spans in the cells whose middle the selection holds. */
export function countSelected(grid: HeatGrid, selection: PartSelection): number {
  const place = placeSelection(grid, selection);
  if (place === undefined) return 0;
  let sum = 0;
  for (let t = 0; t < grid.columns; t++) {
    if (t + 0.5 < place.left || t + 0.5 > place.right) continue;
    for (let d = 0; d < grid.rows; d++) {
      if (d + 0.5 >= place.bottom && d + 0.5 <= place.top) sum += cellCount(grid, t, d);
    }
  }
  return sum;
}

export type Arrow = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** Arrows move the rectangle, with Shift they move its upper right corner; it stays on the grid. */
export function moveRect(
  grid: Pick<HeatGrid, "columns" | "rows">,
  rect: CellRect,
  arrow: Arrow,
  resize: boolean,
): CellRect {
  const dt = arrow === "ArrowRight" ? 1 : arrow === "ArrowLeft" ? -1 : 0;
  const dd = arrow === "ArrowUp" ? 1 : arrow === "ArrowDown" ? -1 : 0;
  if (resize) {
    return {
      ...rect,
      right: Math.max(rect.left, Math.min(grid.columns - 1, rect.right + dt)),
      top: Math.max(rect.bottom, Math.min(grid.rows - 1, rect.top + dd)),
    };
  }
  const t = Math.max(-rect.left, Math.min(grid.columns - 1 - rect.right, dt));
  const d = Math.max(-rect.bottom, Math.min(grid.rows - 1 - rect.top, dd));
  return { left: rect.left + t, right: rect.right + t, bottom: rect.bottom + d, top: rect.top + d };
}

/** Two corners in any order → a rectangle on the grid. */
export function rectBetween(
  grid: Pick<HeatGrid, "columns" | "rows">,
  a: { readonly t: number; readonly d: number },
  b: { readonly t: number; readonly d: number },
): CellRect {
  const t = (value: number): number => Math.max(0, Math.min(grid.columns - 1, value));
  const d = (value: number): number => Math.max(0, Math.min(grid.rows - 1, value));
  return {
    left: t(Math.min(a.t, b.t)),
    right: t(Math.max(a.t, b.t)),
    bottom: d(Math.min(a.d, b.d)),
    top: d(Math.max(a.d, b.d)),
  };
}
