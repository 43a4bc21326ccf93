import type { CSSProperties } from "react";
import { ms } from "../lib/format.ts";
import { ProfileLink } from "../span/ProfileLink.tsx";
import type { ServiceColour } from "./colours.ts";
import { placeIn, type WaterfallRow, type TimeWindow } from "./waterfall.ts";

const indent = 14;
// Deeper than this the name would have no room left.
const deepest = 14;

export function SpanRow(props: {
  readonly row: WaterfallRow;
  readonly traceId: string;
  readonly rowIndex: number;
  readonly window: TimeWindow;
  readonly colour: ServiceColour;
  readonly selected: boolean;
  readonly folded: boolean;
  readonly showPath: boolean;
  readonly tabbable: boolean;
  readonly onSelect: () => void;
  readonly onOpen: () => void;
  readonly onFold: () => void;
}) {
  const { row, window, selected } = props;
  const { span } = row;
  const bar = placeIn(window, row.start, row.duration);
  const shape =
    span.profile.state === "too_short" ? "hollow" : span.profile.state === "no_agent" ? "seg hatch" : "seg";
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
        if ((event.target as Element).closest("a, button") === null) props.onSelect();
      }}
      onDoubleClick={props.onOpen}
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
            onClick={props.onFold}
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
        <span className="lane" aria-hidden="true">
          {bar !== undefined && (
            <span
              className={shape}
              style={{ ...edges(bar), ...(shape === "seg" ? { background: `var(--${props.colour})` } : {}) }}
            />
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
        <ProfileLink traceId={props.traceId} span={span} selected={selected} tabIndex={-1} />
      </span>
    </div>
  );
}

const edges = (place: { left: number; width: number }): CSSProperties => ({
  left: `${place.left}%`,
  width: `${place.width}%`,
});
