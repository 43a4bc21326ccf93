import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { rowTimelineQuery } from "../api/ledger-queries.ts";
import type { Trace } from "../api/types.ts";
import { classCss } from "../ledger/classes.ts";
import { amountsInWords } from "../ledger/view.ts";
import { heldWords, laneSegments, partsOf, sumsOf } from "./row-ledger.ts";
import { placeIn, type TimeWindow, type WaterfallRow } from "./waterfall.ts";

/** A row's bar by its ledger classes, asked for when the row is drawn; and who held the loop, beside it. */
export function RowLedger(props: {
  readonly trace: Trace;
  readonly row: WaterfallRow;
  readonly window: TimeWindow;
}) {
  const { trace, row, window } = props;
  const answer = useQuery(rowTimelineQuery(trace.traceId, row.span.spanId));
  const { data } = answer;
  const parts = useMemo(() => (data === undefined ? undefined : partsOf(data, row.start)), [data, row.start]);
  const segments = useMemo(
    () => (parts === undefined ? [] : laneSegments(parts, window)),
    // oxlint-disable-next-line react/exhaustive-deps -- the window is made anew at each draw
    [parts, window.from, window.to],
  );
  const note = useMemo(
    () => (data === undefined ? undefined : heldWords(trace, row.span, data)),
    [data, trace, row.span],
  );
  const bar = placeIn(window, row.start, row.duration);
  if (bar === undefined) return null;
  const place = { left: `${bar.left}%`, width: `${bar.width}%` };
  if (segments.length === 0) {
    const unseen = answer.isError || data !== undefined;
    return <span aria-hidden="true" className={unseen ? "seg hatch" : "seg waits"} style={place} />;
  }
  const right = bar.left + bar.width;
  // Beside the bar where there is room for a sentence; a bar over all of the lane has it in its text only.
  const side = right <= 58 ? "after" : bar.left >= 42 ? "before" : undefined;
  return (
    <>
      {segments.map((segment) => (
        <span
          key={segment.left}
          aria-hidden="true"
          className={`seg ${classCss(segment.class)}`}
          style={{ left: `${segment.left}%`, width: `${segment.width}%` }}
        />
      ))}
      {note !== undefined && side !== undefined && (
        <span
          className={`ann ${side}`}
          aria-hidden="true"
          style={
            side === "after"
              ? { left: `${right}%`, maxWidth: `${100 - right}%` }
              : { right: `${100 - bar.left}%`, maxWidth: `${bar.left}%` }
          }
        >
          {note}
        </span>
      )}
      {data !== undefined && (
        <span className="vh">
          {amountsInWords(sumsOf(data))}
          {note !== undefined && `; ${note}`}
        </span>
      )}
    </>
  );
}
