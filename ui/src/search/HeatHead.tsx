import { Link } from "@tanstack/react-router";
import { clock, count, counted, durationRough } from "../lib/format.ts";
import { causeOfSearch } from "../state/root-cause.ts";
import type { SearchState } from "../state/search.ts";
import { sideText } from "../state/side.ts";
import type { twoVersions } from "./endpoints.ts";
import { dataRange, type HeatGrid, percentile } from "./heat-grid.ts";

/** What the heatmap is of, in numbers, where to go from there, and what its colours mean. */
export function HeatHead(props: {
  readonly grid: HeatGrid | undefined;
  /** The numbers are those of the question before. */
  readonly old: boolean;
  readonly state: SearchState;
  readonly steps: readonly number[];
  readonly versions: ReturnType<typeof twoVersions>;
  readonly onFit: (fromMs: number, toMs: number) => void;
}) {
  const { grid, state, steps, versions } = props;
  const data = grid === undefined ? undefined : dataRange(grid);
  // Where data covers little of the range its columns are too narrow to be read.
  const sparse =
    grid !== undefined && data !== undefined && data.toMs - data.fromMs < 0.6 * grid.columns * grid.stepMs;
  const of = state.operation ?? state.service;
  const median = grid === undefined ? undefined : percentile(grid, 0.5);
  const p95 = grid === undefined ? undefined : percentile(grid, 0.95);
  return (
    <div className="head">
      <h2 className={props.old ? "old" : undefined}>
        {grid === undefined ? "Traces" : counted(grid.total, "trace")}
        {of !== undefined && ` with ${of}`}
      </h2>
      {grid !== undefined && median !== undefined && p95 !== undefined && (
        <span className={props.old ? "muted old" : "muted"}>
          median {durationRough(median)} · p95 {durationRough(p95)} ·{" "}
          {grid.totalErrors === 0 ? "no errors" : `${count(grid.totalErrors)} with errors`}
        </span>
      )}
      {state.operation !== undefined && (
        <Link to="/root-cause" className="small" search={causeOfSearch(state)}>
          Why are some slower?
        </Link>
      )}
      {state.operation !== undefined && versions !== undefined && (
        <Link
          to="/root-cause"
          className="small"
          search={{
            ...causeOfSearch(state),
            slow: sideText({ version: versions.later }),
            baseline: sideText({ version: versions.earlier }),
          }}
        >
          Compare {versions.later} with {versions.earlier}
        </Link>
      )}
      {sparse && (
        <button type="button" className="link small" onClick={() => props.onFit(data.fromMs, data.toMs)}>
          Fit to data, {clock(data.fromMs)} – {clock(data.toMs)}
        </button>
      )}
      <span className="end key hide-s" aria-hidden="true">
        <span>Traces per cell</span>
        {steps.map((least, index) => (
          <span key={least}>
            <i className={`sw h-${index + 1}`} />
            {stepWords(least, steps[index + 1])}
          </span>
        ))}
      </span>
    </div>
  );
}

function stepWords(least: number, next: number | undefined): string {
  if (next === undefined) return `${count(least)}+`;
  return next - 1 === least ? count(least) : `${count(least)}–${count(next - 1)}`;
}
