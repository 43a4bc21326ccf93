import { durationRough } from "../lib/format.ts";
import { type HeatGrid, marginal, percentile, rowOf } from "./heat-grid.ts";

/** All times together: traces per duration, with median and p95. */
export function Marginal(props: {
  readonly grid: HeatGrid;
  readonly selection: { readonly bottom: number; readonly top: number } | undefined;
}) {
  const { grid, selection } = props;
  const sums = marginal(grid);
  const most = Math.max(1, ...sums);
  const lines = [
    { name: "median", nano: percentile(grid, 0.5) },
    { name: "p95", nano: percentile(grid, 0.95) },
  ].flatMap(({ name, nano }) =>
    nano === undefined ? [] : [{ name, nano, bottom: (rowOf(grid, nano) / grid.rows) * 100 }],
  );
  // Two labels need 14 px of the 240 between them.
  const crowded = lines.length === 2 && Math.abs((lines[0]?.bottom ?? 0) - (lines[1]?.bottom ?? 0)) < 6;
  return (
    <div className="side" aria-hidden="true">
      {[...sums].map((sum, d) =>
        sum === 0 ? null : (
          <i
            // oxlint-disable-next-line react/no-array-index-key -- a duration bucket is its place
            key={d}
            className={
              selection !== undefined && d + 0.5 >= selection.bottom && d + 0.5 <= selection.top
                ? "in"
                : undefined
            }
            style={{
              bottom: `${(d / grid.rows) * 100}%`,
              height: `calc(${100 / grid.rows}% - 1px)`,
              width: `${Math.max(1, (sum / most) * 37)}%`,
            }}
          />
        ),
      )}
      {lines.map((line, index) => (
        <u key={line.name} style={{ bottom: `${line.bottom}%` }}>
          {!(crowded && index === 0) && (
            <span>
              {line.name} {durationRough(line.nano)}
            </span>
          )}
        </u>
      ))}
    </div>
  );
}
