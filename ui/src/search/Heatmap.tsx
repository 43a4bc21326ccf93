import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import type { Deploy } from "../api/types.ts";
import { AxisMarks } from "../components/Axis.tsx";
import { Tip } from "../components/Tip.tsx";
import { DeployMarks } from "../deploys/DeployMarks.tsx";
import { fitCanvas } from "../lib/canvas.ts";
import { axisClock, counted, durationShort, stepClock } from "../lib/format.ts";
import { logTicks, spacedMarks, timeTicks } from "../lib/scale.ts";
import { useThemeVersion } from "../lib/theme.ts";
import { tokenReader } from "../lib/tokens.ts";
import { useWidth } from "../lib/useWidth.ts";
import {
  type Arrow,
  cellCount,
  type CellRect,
  heatClass,
  type HeatGrid,
  moveRect,
  type PartSelection,
  placeSelection,
  rectBetween,
  rowOf,
  type HeatSelection,
  selectionOf,
} from "./heat-grid.ts";
import { Marginal } from "./Marginal.tsx";

const height = 240;

/** Latency over time. A rectangle drawn by mouse or keys is a selection; committed by release or Enter. */
export function Heatmap(props: {
  readonly grid: HeatGrid;
  readonly steps: readonly number[];
  readonly deploys: readonly Deploy[];
  readonly selection: PartSelection | undefined;
  readonly onDraft: (selection: HeatSelection | undefined) => void;
  readonly onSelect: (selection: HeatSelection | undefined) => void;
}) {
  const { grid, steps } = props;
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(plot);
  const theme = useThemeVersion();
  const [draft, setDraftRect] = useState<CellRect>();
  const [hover, setHover] = useState<{ x: number; y: number; t: number; d: number }>();
  const corner = useRef<{ t: number; d: number }>(undefined);

  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = fitCanvas(canvas.current, width, height);
    if (context === undefined) return;
    const token = tokenReader();
    const colours = [1, 2, 3, 4, 5].map((step) => token(`--h-${step}`));
    const cellWidth = width / grid.columns;
    const cellHeight = height / grid.rows;
    for (let t = 0; t < grid.columns; t++) {
      const x = Math.round(t * cellWidth);
      const w = Math.max(1, Math.round((t + 1) * cellWidth) - x - 1);
      for (let d = 0; d < grid.rows; d++) {
        const n = cellCount(grid, t, d);
        if (n === 0) continue;
        context.fillStyle = colours[heatClass(steps, n)] ?? "";
        const y = Math.round(height - (d + 1) * cellHeight);
        context.fillRect(x, y, w, Math.max(1, Math.round(height - d * cellHeight) - y - 0.5));
      }
    }
  }, [grid, steps, width, theme]);

  const setDraft = (rect: CellRect | undefined): void => {
    setDraftRect(rect);
    props.onDraft(rect === undefined ? undefined : selectionOf(grid, rect));
  };
  const cellAt = (event: PointerEvent): { t: number; d: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      t: Math.floor(((event.clientX - box.left) / box.width) * grid.columns),
      d: Math.floor(((box.top + height - event.clientY) / height) * grid.rows),
    };
  };
  const commit = (rect: CellRect | undefined): void => {
    props.onSelect(rect === undefined ? undefined : selectionOf(grid, rect));
    setDraft(undefined);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key.startsWith("Arrow")) {
      setDraft(
        draft === undefined
          ? firstRect(grid, props.selection)
          : moveRect(grid, draft, event.key as Arrow, event.shiftKey),
      );
    } else if (event.key === "Enter" && draft !== undefined) commit(draft);
    else if (event.key === "Escape" && draft !== undefined) setDraft(undefined);
    else if (event.key === "Escape" && props.selection !== undefined) commit(undefined);
    else return;
    event.preventDefault();
  };

  const shown =
    draft === undefined
      ? props.selection === undefined
        ? undefined
        : placeSelection(grid, props.selection)
      : { left: draft.left, right: draft.right + 1, bottom: draft.bottom, top: draft.top + 1 };
  const low = Math.max(grid.edges[0] ?? 1, 1);
  const high = grid.edges.at(-1) ?? low;
  const marks = logTicks(low, high);
  const endMs = grid.t0Ms + grid.columns * grid.stepMs;
  const sparse = apart(grid, marks.length > 9 ? marks.filter((nano) => String(nano).startsWith("1")) : marks);
  return (
    <div className="heat">
      <div className="ys" aria-hidden="true">
        {sparse.map((nano) => (
          <span key={nano} style={{ bottom: `${(rowOf(grid, nano) / grid.rows) * 100}%` }}>
            {durationShort(nano)}
          </span>
        ))}
      </div>
      <div
        className="plot"
        ref={plot}
        tabIndex={0}
        role="application"
        aria-label={`Latency heatmap, ${grid.columns} steps of time by ${grid.rows} durations. Arrow keys move the selection, Shift with arrows resizes it, Enter applies it, Escape clears it.`}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          corner.current = cellAt(event);
        }}
        onPointerMove={(event) => {
          const cell = cellAt(event);
          if (corner.current !== undefined) {
            setHover(undefined);
            setDraft(rectBetween(grid, corner.current, cell));
          } else setHover({ x: event.clientX, y: event.clientY, ...cell });
        }}
        onPointerUp={(event) => {
          const from = corner.current;
          corner.current = undefined;
          if (from === undefined) return;
          const to = cellAt(event);
          // A click without a drag on one cell clears, as Esc does.
          if (from.t === to.t && from.d === to.d && draft === undefined) commit(undefined);
          else commit(rectBetween(grid, from, to));
        }}
        onPointerCancel={() => {
          corner.current = undefined;
          setDraft(undefined);
        }}
        onPointerLeave={() => setHover(undefined)}
      >
        <canvas ref={canvas} />
        <DeployMarks deploys={props.deploys} fromMs={grid.t0Ms} toMs={endMs} width={width} />
        {shown !== undefined && (
          <div
            className="brush"
            style={{
              left: `${(shown.left / grid.columns) * 100}%`,
              right: `${(1 - shown.right / grid.columns) * 100}%`,
              bottom: `${(shown.bottom / grid.rows) * 100}%`,
              top: `${(1 - shown.top / grid.rows) * 100}%`,
            }}
          />
        )}
      </div>
      <Marginal grid={grid} selection={shown} />
      <div />
      <div className="axis" aria-hidden="true">
        <AxisMarks
          marks={spacedMarks(
            timeTicks(grid.t0Ms, endMs, Math.max(2, Math.floor(width / 90))).map((at) => ({
              share: (at - grid.t0Ms) / (endMs - grid.t0Ms),
              text: axisClock(at, endMs - grid.t0Ms),
            })),
            width,
          )}
        />
      </div>
      <div />
      {hover !== undefined && <CellTip grid={grid} {...hover} />}
    </div>
  );
}

function CellTip({ grid, x, y, t, d }: { grid: HeatGrid; x: number; y: number; t: number; d: number }) {
  const count = t >= 0 && d >= 0 && t < grid.columns && d < grid.rows ? cellCount(grid, t, d) : 0;
  if (count === 0) return null;
  const errors = grid.errors[t * grid.rows + d] ?? 0;
  const from = grid.t0Ms + t * grid.stepMs;
  return (
    <Tip x={x} y={y}>
      <b>{counted(count, "trace")}</b>
      <span className="muted">
        {stepClock(from, grid.stepMs)} – {stepClock(from + grid.stepMs, grid.stepMs)} UTC ·{" "}
        {durationShort(grid.edges[d] ?? 0)} – {durationShort(grid.edges[d + 1] ?? 0)}
        {errors > 0 && ` · ${counted(errors, "with an error", "with errors")}`}
      </span>
    </Tip>
  );
}

/** Marks of durations that stand 14 px apart at least. */
function apart(grid: HeatGrid, marks: readonly number[]): readonly number[] {
  let last = Number.NEGATIVE_INFINITY;
  return marks.filter((nano) => {
    const at = (rowOf(grid, nano) / grid.rows) * height;
    if (at - last < 14) return false;
    last = at;
    return true;
  });
}

/** Where the keyboard begins: the present selection, else a fifth of the plot around its busiest part. */
function firstRect(grid: HeatGrid, selection: PartSelection | undefined): CellRect {
  const place = selection === undefined ? undefined : placeSelection(grid, selection);
  if (place !== undefined) {
    return {
      left: Math.min(grid.columns - 1, Math.floor(place.left)),
      right: Math.max(0, Math.ceil(place.right) - 1),
      bottom: Math.min(grid.rows - 1, Math.floor(place.bottom)),
      top: Math.max(0, Math.ceil(place.top) - 1),
    };
  }
  let fullest = 0;
  grid.count.forEach((count, cell) => {
    if (count > (grid.count[fullest] ?? 0)) fullest = cell;
  });
  const t = Math.floor(fullest / grid.rows);
  const d = fullest % grid.rows;
  const reach = { t: Math.round(grid.columns / 10), d: Math.round(grid.rows / 10) };
  return rectBetween(grid, { t: t - reach.t, d: d - reach.d }, { t: t + reach.t, d: d + reach.d });
}
