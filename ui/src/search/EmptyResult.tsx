import { useQueries } from "@tanstack/react-query";
import { heatmapQuery } from "../api/queries.ts";
import { counted } from "../lib/format.ts";
import { compact } from "../state/raw.ts";
import { activeFilters, dropFilter, heatmapParams, type SearchState } from "../state/search.ts";

/** Nothing found: says which filter removed most, with one click to drop it. */
export function EmptyResult(props: {
  readonly state: SearchState;
  readonly now: number;
  readonly onChange: (state: SearchState) => void;
}) {
  const { state } = props;
  const filters = activeFilters(state);
  const counts = useQueries({
    queries: filters.map(({ name }) => {
      const without = dropFilter(state, name);
      const params = heatmapParams(without, props.now, "1x1");
      return heatmapQuery(
        compact({
          ...params,
          from: without.selFrom ?? params["from"],
          to: without.selTo ?? params["to"],
          minMs: without.minMs,
          maxMs: without.maxMs,
        }),
      );
    }),
    combine: (results) =>
      results.map((result) =>
        result.isSuccess && !result.isPlaceholderData
          ? result.data.cells.reduce((sum, cell) => sum + (cell[2] ?? 0), 0)
          : undefined,
      ),
  });
  const ranked = filters
    .map((filter, index) => ({ ...filter, found: counts[index] }))
    .sort((a, b) => (b.found ?? 0) - (a.found ?? 0));
  const best = ranked[0];
  const waiting = counts.includes(undefined);
  return (
    <div className="say" role="status">
      <div>
        <h3>No spans match</h3>
        <p className="muted">
          {best === undefined
            ? "No trace was received in this time. A longer range may hold some."
            : waiting
              ? "Looking for the filter that removed most."
              : (best.found ?? 0) > 0
                ? `Without ${best.words} there are ${counted(best.found ?? 0, "trace")}.`
                : "Dropping any one filter does not help. A longer range may hold some."}
        </p>
      </div>
      <span className="end">
        {best !== undefined && !waiting && (best.found ?? 0) > 0 && (
          <button type="button" className="btn" onClick={() => props.onChange(dropFilter(state, best.name))}>
            Drop {best.words}
          </button>
        )}
        {filters.length === 0 && state.from === undefined && state.range !== "7d" && (
          <button type="button" className="btn" onClick={() => props.onChange({ ...state, range: "7d" })}>
            Last 7 days
          </button>
        )}
        {filters.length > 1 && (
          <button
            type="button"
            className="btn quiet"
            onClick={() =>
              props.onChange(
                compact({ sort: state.sort, range: state.range, from: state.from, to: state.to }),
              )
            }
          >
            Drop all filters
          </button>
        )}
      </span>
    </div>
  );
}
