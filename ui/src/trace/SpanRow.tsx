import { type CSSProperties, memo } from "react";
import type { Trace, TraceSpan } from "../api/types.ts";
import { ms } from "../lib/format.ts";
import { ProfileLink } from "../span/ProfileLink.tsx";
import type { ServiceColour } from "./colours.ts";
import { RowLedger } from "./RowLedger.tsx";
import { placeIn, type WaterfallRow, type TimeWindow } from "./waterfall.ts";

const indent = 14;
// Deeper than this the name would have no room left.
const deepest = 14;

/** The same functions at each draw: else a step of scrolling draws every row again. */
export const SpanRow = memo(function SpanRow(props: {
  readonly row: WaterfallRow;
  readonly trace: Trace;
  readonly rowIndex: number;
  readonly window: TimeWindow;
  /** Undefined: the bar shows its ledger. */
  readonly colour: ServiceColour | undefined;
  readonly selected: boolean;
  readonly folded: boolean;
  readonly showPath: boolean;
  /** Of the time column, in pixels. */
  readonly laneWidth: number;
  readonly tabbable: boolean;
  readonly onSelect: (row: WaterfallRow) => void;
  readonly onOpen: (row: WaterfallRow) => void;
  readonly onFold: (row: WaterfallRow) => void;
}) {
  const { row, window, selected } = props;
  const { span } = row;
  const bar = placeIn(window, row.start, row.duration);
  const shape = shapeOf(span.profile.state, props.colour !== undefined);
  return (
    <div
      role="row"
      aria-rowindex={props.rowIndex}
      aria-level={row.level + 1}
      aria-expanded={row.children > 0 ? !props.folded : undefined}
      aria-selected={selected}
      tabIndex={props.tabbable ? 0 : -1}
      className={selected ? "wf-row sel" : "wf-row"}
      data-span={span.spanId}
      onClick={(event) => {
        if ((event.target as Element).closest("a, button") === null) props.onSelect(row);
      }}
      onDoubleClick={() => props.onOpen(row)}
    >
      <span
        role="rowheader"
        className="name cut"
        style={{ paddingLeft: Math.min(row.level, deepest) * indent }}
        title={`${span.service} ${span.name}`}
      >
        {row.children > 0 ? (
          <button
            type="button"
            className="tw"
            tabIndex={-1}
            aria-label={props.folded ? "Unfold" : "Fold"}
            onClick={() => props.onFold(row)}
          >
            {props.folded ? "▸" : "▾"}
          </button>
        ) : (
          <span className="tw" />
        )}
        <span className="svc">{span.service}</span> {selected ? <b>{span.name}</b> : span.name}
        {span.status === "error" && <span className="bad err"> error</span>}
        {row.orphan && <span className="faint"> parent missing</span>}
      </span>
      <span role="gridcell" className="num">
        {ms(row.duration)}
      </span>
      <span role="gridcell" className="time">
        <span className="lane">
          {shape === "ledger" ? (
            <RowLedger
              trace={props.trace}
              row={row}
              window={window}
              laneWidth={props.laneWidth}
              selected={selected}
            />
          ) : (
            bar !== undefined && (
              <span
                aria-hidden="true"
                className={shape}
                style={{
                  ...edges(bar),
                  ...(shape === "seg" ? { background: `var(--${props.colour})` } : {}),
                }}
              />
            )
          )}
          {bar !== undefined && span.status === "error" && (
            <span className="flag" style={{ left: `${bar.left}%` }} />
          )}
          {props.showPath &&
            row.critical.map((segment) => {
              const place = placeIn(window, segment.start, segment.duration);
              return place === undefined ? null : (
                <span key={segment.start} className="cp" style={edges(place)} />
              );
            })}
        </span>
      </span>
      <span role="gridcell" className="st num">
        <ProfileLink traceId={props.trace.traceId} span={span} selected={selected} tabIndex={-1} />
      </span>
    </div>
  );
});

type Shape = "hollow" | "seg hatch" | "seg" | "ledger";

/** What was not seen is hatched or hollow, never coloured by a guess. */
function shapeOf(state: TraceSpan["profile"]["state"], byService: boolean): Shape {
  if (state === "too_short") return "hollow";
  if (byService) return state === "no_agent" ? "seg hatch" : "seg";
  return state === "ready" ? "ledger" : "seg hatch";
}

const edges = (place: { left: number; width: number }): CSSProperties => ({
  left: `${place.left}%`,
  width: `${place.width}%`,
});
