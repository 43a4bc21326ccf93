import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { Deploy } from "../api/types.ts";
import { AxisMarks } from "../components/Axis.tsx";
import { Tip } from "../components/Tip.tsx";
import { DeployMarks } from "../deploys/DeployMarks.tsx";
import { axisClock, stepClock } from "../lib/format.ts";
import { linearTicks, spacedMarks, timeTicks } from "../lib/scale.ts";
import { useWidth } from "../lib/useWidth.ts";
import { type Arrow, moveRect, rectBetween } from "../search/heat-grid.ts";
import type { ProfileType } from "../state/selection.ts";
import {
  axisWords,
  firstSpan,
  levels,
  levelWords,
  placeTimes,
  rateWords,
  type SeriesGrid,
  spanTimes,
  stepStart,
  type StepSpan,
} from "./series.ts";

const height = 96;

export interface Part {
  readonly selFrom: number;
  readonly selTo: number;
}

/** Sums over time as bars. A part drawn by pointer or keys is committed by release or Enter. */
export function SeriesChart(props: {
  readonly grid: SeriesGrid;
  readonly type: ProfileType;
  readonly part: Part | undefined;
  readonly deploys: readonly Deploy[];
  readonly onDraft: (part: Part | undefined) => void;
  readonly onSelect: (part: Part | undefined) => void;
}) {
  const { grid, type, part } = props;
  const plot = useRef<HTMLDivElement>(null);
  const width = useWidth(plot);
  const [draft, setDraftSpan] = useState<StepSpan>();
  const [hover, setHover] = useState<{ readonly x: number; readonly y: number; readonly column: number }>();
  const start = useRef<number>(undefined);
  const values = levels(grid, type, grid.total);
  const most = values.reduce((high, value) => Math.max(high, value), 0);
  const ticks = most > 0 ? linearTicks(0, most, 3) : [0];
  const top = Math.max(most, ticks.at(-1) ?? 0) || 1;

  const flat = { columns: grid.columns, rows: 1 };
  const setDraft = (span: StepSpan | undefined): void => {
    setDraftSpan(span);
    props.onDraft(span === undefined ? undefined : spanTimes(grid, span));
  };
  const commit = (span: StepSpan | undefined): void => {
    props.onSelect(span === undefined ? undefined : spanTimes(grid, span));
    setDraft(undefined);
  };
  const columnAt = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.floor(((event.clientX - box.left) / box.width) * grid.columns);
  };
  const between = (a: number, b: number): StepSpan => rectBetween(flat, { t: a, d: 0 }, { t: b, d: 0 });
  const present = (): StepSpan => {
    const place = part === undefined ? undefined : placeTimes(grid, part.selFrom, part.selTo);
    return place === undefined
      ? firstSpan(grid)
      : { left: Math.floor(place.left), right: Math.max(Math.floor(place.left), Math.ceil(place.right) - 1) };
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      setDraft(
        draft === undefined
          ? present()
          : moveRect(flat, { ...draft, bottom: 0, top: 0 }, event.key as Arrow, event.shiftKey),
      );
    } else if (event.key === "Enter" && draft !== undefined) commit(draft);
    else if (event.key === "Escape" && draft !== undefined) setDraft(undefined);
    else if (event.key === "Escape" && part !== undefined) commit(undefined);
    else return;
    event.preventDefault();
  };

  const shown =
    draft !== undefined
      ? { left: draft.left, right: draft.right + 1 }
      : part === undefined
        ? undefined
        : placeTimes(grid, part.selFrom, part.selTo);
  const endMs = stepStart(grid, grid.columns);
  const share = (atMs: number): number => (atMs - grid.t0Ms) / (endMs - grid.t0Ms);
  const marks = spacedMarks(
    timeTicks(grid.t0Ms, endMs, Math.max(2, Math.floor(width / 90))).map((at) => ({
      share: share(at),
      text: axisClock(at, endMs - grid.t0Ms),
    })),
    width,
  );
  return (
    <div className="series">
      <div className="ys" aria-hidden="true">
        {ticks.map((value) => (
          <span key={value} style={{ bottom: `${(value / top) * 100}%` }}>
            {value === 0 ? "0" : axisWords(type, value)}
          </span>
        ))}
      </div>
      <div
        className="steps-plot"
        ref={plot}
        tabIndex={0}
        role="application"
        aria-label={`${levelWords[type]} over time, ${grid.columns} steps. Left and right move the part that is looked at, with Shift they resize it, Enter applies it, Escape clears it.`}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          start.current = columnAt(event);
        }}
        onPointerMove={(event) => {
          const column = columnAt(event);
          if (start.current === undefined) setHover({ x: event.clientX, y: event.clientY, column });
          else {
            setHover(undefined);
            setDraft(between(start.current, column));
          }
        }}
        onPointerUp={(event) => {
          const from = start.current;
          start.current = undefined;
          if (from === undefined) return;
          const to = columnAt(event);
          // A click without a drag clears, as Esc does.
          if (from === to && draft === undefined) commit(undefined);
          else commit(between(from, to));
        }}
        onPointerCancel={() => {
          start.current = undefined;
          setDraft(undefined);
        }}
        onPointerLeave={() => setHover(undefined)}
      >
        <svg
          viewBox={`0 0 ${grid.columns} ${height}`}
          preserveAspectRatio="none"
          width="100%"
          height={height}
          aria-hidden="true"
        >
          {ticks.slice(1).map((value) => (
            <line
              key={value}
              className="rule"
              x1="0"
              x2={grid.columns}
              y1={height - (value / top) * height}
              y2={height - (value / top) * height}
            />
          ))}
          {[...values].map((value, column) => {
            const size = (value / top) * height;
            const inside = shown === undefined || (column + 0.5 >= shown.left && column + 0.5 <= shown.right);
            return value > 0 ? (
              <rect
                // oxlint-disable-next-line react/no-array-index-key -- a step is its place
                key={column}
                className={inside ? "in" : "out"}
                x={column + 0.04}
                width={0.92}
                y={height - size}
                height={size}
              />
            ) : null;
          })}
        </svg>
        {shown !== undefined && (
          <div
            className="part"
            style={{
              left: `${(shown.left / grid.columns) * 100}%`,
              right: `${(1 - shown.right / grid.columns) * 100}%`,
            }}
          />
        )}
        <DeployMarks deploys={props.deploys} fromMs={grid.t0Ms} toMs={endMs} width={width} />
      </div>
      <div />
      <div className="axis" aria-hidden="true">
        <AxisMarks marks={marks} />
      </div>
      {hover !== undefined && hover.column >= 0 && hover.column < grid.columns && (
        <Tip x={hover.x} y={hover.y}>
          <b>{rateWords(type, values[hover.column] ?? 0)}</b>
          <span className="muted">
            {stepClock(stepStart(grid, hover.column), grid.stepMs)} –{" "}
            {stepClock(stepStart(grid, hover.column + 1), grid.stepMs)} UTC
          </span>
        </Tip>
      )}
    </div>
  );
}
