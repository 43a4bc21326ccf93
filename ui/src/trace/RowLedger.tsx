import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, useEffect, useMemo, useState } from "react";
import { rowTimelineQuery } from "../api/ledger-queries.ts";
import type { Trace } from "../api/types.ts";
import { classCss } from "../ledger/classes.ts";
import { amountsInWords } from "../ledger/view.ts";
import { heldWords, laneSegments, type NotePlace, notePlace, partsOf, sumsOf } from "./row-ledger.ts";
import { placeIn, type TimeWindow, type WaterfallRow } from "./waterfall.ts";

/** A row that is passed by faster is not asked for. */
const stayMillis = 80;

/** A row's bar by its ledger classes, asked for when the row stays in view; and who held the loop, beside it. */
export function RowLedger(props: {
  readonly trace: Trace;
  readonly row: WaterfallRow;
  readonly window: TimeWindow;
  readonly laneWidth: number;
  readonly selected: boolean;
}) {
  const { trace, row, window } = props;
  const [stays, setStays] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setStays(true), stayMillis);
    return () => clearTimeout(timer);
  }, []);
  const answer = useQuery({ ...rowTimelineQuery(trace.traceId, row.span.spanId), enabled: stays });
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
  const at =
    note === undefined
      ? undefined
      : notePlace(bar, segments, { widthPx: props.laneWidth, selected: props.selected });
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
      {note !== undefined && at !== undefined && (
        <span className={`ann ${at.side}`} aria-hidden="true" title={note.words} style={styleOf(at, bar)}>
          {at.side === "inside" ? note.short : note.words}
        </span>
      )}
      {data !== undefined && (
        <span className="vh">
          {amountsInWords(sumsOf(data))}
          {note !== undefined && `; ${note.words}`}
        </span>
      )}
    </>
  );
}

function styleOf(at: NotePlace, bar: { readonly left: number; readonly width: number }): CSSProperties {
  const right = bar.left + bar.width;
  switch (at.side) {
    case "after":
      return { left: `${right}%`, maxWidth: `${100 - right}%` };
    case "before":
      return { right: `${100 - bar.left}%`, maxWidth: `${bar.left}%` };
    case "inside":
      return { left: `${at.left}%`, width: `${at.width}%` };
    case "below":
      return {};
  }
}
