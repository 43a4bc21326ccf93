import { useRef } from "react";
import { AxisMarks } from "../components/Axis.tsx";
import { axisClock, count } from "../lib/format.ts";
import { spacedMarks, timeTicks } from "../lib/scale.ts";
import { useWidth } from "../lib/useWidth.ts";
import { type Chart, type ChartLine, roundAxis } from "./chart.ts";

const height = 220;
// Of the 11 px label face; see lib/scale.ts.
const letterPx = 6.3;

/** A result at a glance. The table beside it is its equal in words. */
export function ResultChart({ chart }: { readonly chart: Chart }) {
  return (
    <figure className="chart">
      {chart.kind === "time" ? <Lines lines={chart.lines} /> : <Bars chart={chart} />}
      {chart.more > 0 && (
        <figcaption className="muted small">
          {count(chart.more)} more {chart.kind === "time" ? "lines" : "rows"}: in the table
        </figcaption>
      )}
    </figure>
  );
}

const tidy = (value: number): string =>
  Math.abs(value) >= 1000 ? count(value) : String(Number(value.toPrecision(3)));

function Lines({ lines }: { readonly lines: readonly ChartLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const [from, to] = [Math.min(...xs), Math.max(...xs)];
  const { low, high, ticks } = roundAxis(Math.min(0, ...ys), Math.max(0, ...ys), 4);
  const labels = ticks.map(tidy);
  const gutter = Math.ceil(Math.max(...labels.map((label) => label.length)) * letterPx) + 8;
  const x = (at: number): number => (to === from ? width / 2 : ((at - from) / (to - from)) * width);
  const y = (value: number): number => height - ((value - low) / (high - low)) * height;
  const range = to - from;
  return (
    <div className="chart-lines" style={{ gridTemplateColumns: `${gutter}px minmax(0, 1fr)` }}>
      <div className="ys" aria-hidden="true">
        {ticks.map((tick, i) => (
          <span key={tick} style={{ top: y(tick) }}>
            {labels[i]}
          </span>
        ))}
      </div>
      <div className="chart-plot" ref={box}>
        <svg width={width} height={height} aria-hidden="true">
          {ticks.map((tick) => (
            <line key={tick} className="grid" x1={0} x2={width} y1={y(tick)} y2={y(tick)} />
          ))}
          {lines.map(({ name, points }, i) => (
            <polyline
              key={name}
              className={`line line-${i + 1}`}
              points={points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}
            />
          ))}
        </svg>
      </div>
      <div />
      <div className="axis" aria-hidden="true">
        <AxisMarks
          marks={spacedMarks(
            timeTicks(from, to, Math.max(2, Math.floor(width / 90))).map((at) => ({
              share: range === 0 ? 0.5 : (at - from) / range,
              text: axisClock(at, range),
            })),
            width,
          )}
        />
      </div>
      <ul className="chart-key small">
        {lines.map(({ name }, i) => (
          <li key={name}>
            <svg width="22" height="10" aria-hidden="true">
              <line className={`line line-${i + 1}`} x1={0} x2={22} y1={5} y2={5} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Bars({ chart }: { readonly chart: Chart & { readonly kind: "bars" } }) {
  const most = Math.max(...chart.bars.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  return (
    <table className="chart-bars">
      <thead className="vh">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">{chart.measure}</th>
        </tr>
      </thead>
      <tbody>
        {chart.bars.map(({ name, value }, i) => (
          // oxlint-disable-next-line react/no-array-index-key -- names may repeat
          <tr key={i}>
            <th scope="row">{name}</th>
            <td>
              <i className="bar" style={{ width: `${(Math.abs(value) / most) * 55}%` }} />
              {tidy(value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
