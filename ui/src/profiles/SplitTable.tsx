import { Link } from "@tanstack/react-router";
import { Scroll } from "../components/Scroll.tsx";
import { count, percent, shortId } from "../lib/format.ts";
import type { ProfilesState } from "../state/profiles.ts";
import type { ProfileType } from "../state/selection.ts";
import { coveredMs, levels, rateOf, rateWords, type SeriesGrid, sumBetween } from "./series.ts";

const drawn = 12;

/** The lines of a split series: each with its course, its rate and its share, and a click that keeps it alone. */
export function SplitTable(props: {
  readonly grid: SeriesGrid;
  readonly type: ProfileType;
  /** What the lines are, in the singular: `service`, `version`. */
  readonly what: string;
  /** Of these instants, Unix ms. */
  readonly from: number;
  readonly to: number;
  /** The view of one line alone. Undefined: it cannot be chosen. */
  readonly alone: (key: string) => ProfilesState | undefined;
}) {
  const { grid, type, what, from, to } = props;
  const rows = grid.lines
    .map((line) => ({ line, value: sumBetween(grid, line.values, from, to) }))
    .filter(({ value }) => value > 0)
    .toSorted((a, b) => b.value - a.value || (a.line.key < b.line.key ? -1 : 1));
  const forMs = coveredMs(grid, from, to);
  const all = rows.reduce((sum, { value }) => sum + value, 0);
  const largest = rows[0]?.value ?? 1;
  const most = rows.reduce(
    (high, { line }) => levels(grid, type, line.values).reduce((a, b) => Math.max(a, b), high),
    0,
  );
  if (rows.length === 0) return null;
  return (
    <>
      <Scroll label={`By ${what}`}>
        <table className="split">
          <caption className="vh">By {what}, the largest first</caption>
          <thead>
            <tr>
              <th scope="col">{what.charAt(0).toUpperCase() + what.slice(1)}</th>
              <th scope="col" className="hide-s c-course">
                Over time
              </th>
              <th scope="col" className="num">
                {type === "heap_inuse" ? "Amount" : "On average"}
              </th>
              <th scope="col" className="num">
                Share
              </th>
              <th scope="col" className="hide-s c-share">
                <span className="vh">Share, drawn</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ line, value }) => {
              const alone = props.alone(line.key);
              const name = nameOf(what, line.key);
              return (
                <tr key={line.key}>
                  <th scope="row" className="nw" title={line.key}>
                    {alone === undefined ? (
                      name
                    ) : (
                      <Link to="/profiles" search={alone}>
                        {name}
                      </Link>
                    )}
                  </th>
                  <td className="hide-s">
                    <Course values={levels(grid, type, line.values)} most={most} />
                  </td>
                  <td className="num">{rateWords(type, rateOf(type, value, forMs))}</td>
                  <td className="num muted">{percent(value / all)}</td>
                  <td className="hide-s" aria-hidden="true">
                    <i className="share-bar" style={{ width: `${(value / largest) * 100}%` }} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      {grid.truncated && (
        <p className="note">
          {type === "loop_hold"
            ? "Windows with short turns are left out: shares are of the others."
            : `Only the ${count(grid.lines.length)} largest are read: shares are of these.`}
        </p>
      )}
    </>
  );
}

function nameOf(what: string, key: string): string {
  if (key === "") return what === "endpoint" ? "outside any request" : `no ${what}`;
  if (what === "instance") return shortId(key);
  return what === "thread" && key === "0" ? "main thread" : key;
}

/** A line as small bars, all of one table on one scale. */
function Course({ values, most }: { readonly values: Float64Array; readonly most: number }) {
  return (
    <svg
      className="course"
      viewBox={`0 0 ${values.length} ${drawn}`}
      preserveAspectRatio="none"
      width="100%"
      height="18"
      aria-hidden="true"
    >
      {[...values].map((value, column) => {
        const size = most > 0 ? (value / most) * drawn : 0;
        return value > 0 ? (
          // oxlint-disable-next-line react/no-array-index-key -- a step is its place
          <rect key={column} x={column} width={1} y={drawn - size} height={size} />
        ) : null;
      })}
    </svg>
  );
}
