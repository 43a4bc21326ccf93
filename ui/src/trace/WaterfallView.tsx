import { useNavigate } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Trace } from "../api/types.ts";
import { ToggleGroup } from "../components/ToggleGroup.tsx";
import { counted, msUnit } from "../lib/format.ts";
import { useStable } from "../lib/useStable.ts";
import { useWidth } from "../lib/useWidth.ts";
import { compact } from "../state/raw.ts";
import type { TraceState } from "../state/trace.ts";
import { useDrawnClasses } from "./useDrawnClasses.ts";
import { serviceColours } from "./colours.ts";
import { KeysDialog } from "./KeysDialog.tsx";
import { commandOf, isElsewhere } from "./keys.ts";
import { Legend } from "./Legend.tsx";
import { SpanDetails } from "./SpanDetails.tsx";
import { SpanRow } from "./SpanRow.tsx";
import { TimeAxis } from "./TimeAxis.tsx";
import {
  matches,
  panWindow,
  turnWindow,
  unfoldTo,
  visibleRows,
  type Waterfall,
  type WaterfallRow,
  zoomWindow,
} from "./waterfall.ts";

const rowHeight = 31;

export function WaterfallView(props: {
  readonly trace: Trace;
  readonly waterfall: Waterfall;
  readonly state: TraceState;
  readonly onChange: (state: TraceState) => void;
}) {
  const { trace, waterfall, state } = props;
  const navigate = useNavigate();
  const [keysShown, setKeysShown] = useState(false);
  const colours = useMemo(() => serviceColours(trace.spans), [trace]);
  const byService = state.colour === "service";
  const folded = useMemo(() => new Set(state.fold ?? []), [state.fold]);
  const rows = useMemo(() => visibleRows(waterfall, folded), [waterfall, folded]);
  const found = useMemo(() => {
    const needle = state.find ?? "";
    return needle === "" ? undefined : waterfall.rows.filter((row) => matches(row.span, needle));
  }, [waterfall, state.find]);
  const foundIds = useMemo(() => new Set(found?.map((row) => row.span.spanId)), [found]);
  const whole = useMemo(() => ({ from: waterfall.from, to: waterfall.to }), [waterfall]);
  const { from, to, turnFrom, turnTo } = state;
  const turn = useMemo(
    () => turnWindow(whole, trace.startUnixNano, { turnFrom, turnTo }),
    [whole, trace, turnFrom, turnTo],
  );
  const window = useMemo(
    () =>
      to === undefined
        ? (turn ?? whole)
        : { from: Math.max(whole.from, (from ?? 0) * 1e6), to: Math.min(whole.to, to * 1e6) },
    [whole, turn, from, to],
  );

  const chosen = state.span === undefined ? undefined : waterfall.byId.get(state.span);
  // Without a choice in the address the row with the most samples of its own is the one people came for.
  const most = useMemo(() => mostSampled(waterfall), [waterfall]);
  const selected = chosen ?? most;
  const position = selected === undefined ? -1 : rows.indexOf(selected);

  const lane = useRef<HTMLSpanElement>(null);
  const laneWidth = useWidth(lane);
  const list = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const top = list.current?.getBoundingClientRect().top;
    if (top !== undefined) setOffset(top + scrollY);
  }, []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (state.open === true && index === position ? 180 : rowHeight),
    // With another one at each draw all rows are measured again.
    getItemKey: useCallback((index: number) => rows[index]?.span.spanId ?? index, [rows]),
    overscan: 5,
    scrollMargin: offset,
    // The head of the list stays on top of the window.
    scrollPaddingStart: 40,
    scrollPaddingEnd: 40,
  });

  // A link to a span of a long trace shows that span.
  const shownFirst = useRef(false);
  useEffect(() => {
    if (shownFirst.current || offset === 0) return;
    shownFirst.current = true;
    const top = offset + position * rowHeight;
    if (chosen !== undefined && top > scrollY + innerHeight - rowHeight) {
      virtual.scrollToIndex(position, { align: "center" });
    }
  }, [offset, chosen, position, virtual]);

  // After a key the focus follows the selection, once its row is drawn.
  const wantsFocus = useRef(false);
  useEffect(() => {
    if (!wantsFocus.current || selected === undefined) return;
    // Meanwhile someone types.
    if (document.activeElement instanceof HTMLInputElement) {
      wantsFocus.current = false;
      return;
    }
    virtual.scrollToIndex(position, { align: "auto" });
    const frame = requestAnimationFrame(() => {
      const row = list.current?.querySelector<HTMLElement>(`[data-span="${selected.span.spanId}"]`);
      row?.focus({ preventScroll: true });
      if (row !== undefined) wantsFocus.current = false;
    });
    return () => cancelAnimationFrame(frame);
  });

  const set = (change: Partial<TraceState>): void => props.onChange(compact({ ...state, ...change }));
  const select = (row: WaterfallRow | undefined, change: Partial<TraceState> = {}): void => {
    if (row === undefined) return;
    const open = unfoldTo(waterfall, folded, row);
    wantsFocus.current = true;
    set({ span: row.span.spanId, fold: listOf(open), ...change });
  };
  const setFolded = (row: WaterfallRow, fold: boolean): void => {
    const next = new Set(folded);
    if (fold) next.add(row.span.spanId);
    else next.delete(row.span.spanId);
    wantsFocus.current = true;
    set({ span: row.span.spanId, fold: listOf(next) });
  };
  const setWindow = (next: { from: number; to: number }): void => {
    const all = next.from <= whole.from && next.to >= whole.to;
    // Microseconds are as fine as the zoom goes.
    const round = (nano: number): number => Math.round(nano / 1e3) / 1e3;
    set({
      from: all ? undefined : round(next.from),
      to: all ? undefined : round(next.to),
      turnFrom: undefined,
      turnTo: undefined,
    });
  };
  const onZoom = useStable(setWindow);
  const isOpen = state.open === true;
  const onSelect = useStable((row: WaterfallRow) =>
    set({ span: row.span.spanId, open: row === selected ? state.open : undefined }),
  );
  const onOpen = useStable((row: WaterfallRow) =>
    set({ span: row.span.spanId, open: row === selected && isOpen ? undefined : true }),
  );
  const onFold = useStable((row: WaterfallRow) => setFolded(row, !folded.has(row.span.spanId)));
  const openProfile = (row: WaterfallRow): void =>
    void navigate({
      to: "/trace/$traceId/span/$spanId",
      params: { traceId: trace.traceId, spanId: row.span.spanId },
    });
  const nextOf = (indexes: readonly number[], way: 1 | -1): WaterfallRow | undefined => {
    const from = selected?.index ?? -1;
    const next = way === 1 ? indexes.find((i) => i > from) : indexes.findLast((i) => i < from);
    const wrapped = next ?? (way === 1 ? indexes[0] : indexes.at(-1));
    return wrapped === undefined ? undefined : waterfall.rows[wrapped];
  };

  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isElsewhere(event.target as Element, section.current)) return;
    const command = commandOf(event.key);
    if (command === undefined) return;
    // A focused link or button keeps Enter for itself; letters still mean the row.
    if (event.key === "Enter" && (event.target as Element).closest("a, button, summary") !== null) return;
    event.preventDefault();
    const middle =
      selected === undefined ? (window.from + window.to) / 2 : selected.start + selected.duration / 2;
    switch (command) {
      case "down":
        return select(rows[position + 1]);
      case "up":
        return select(rows[position - 1]);
      case "first":
        return select(rows[0]);
      case "last":
        return select(rows.at(-1));
      case "fold":
        if (selected === undefined) return;
        if (selected.children > 0 && !folded.has(selected.span.spanId)) return setFolded(selected, true);
        return select(selected.parent === undefined ? undefined : waterfall.rows[selected.parent]);
      case "unfold":
        if (selected === undefined) return;
        if (folded.has(selected.span.spanId)) return setFolded(selected, false);
        return selected.children > 0 ? select(rows[position + 1]) : undefined;
      case "open":
        return select(selected, { open: state.open === true ? undefined : true });
      case "profile":
        return selected === undefined ? undefined : openProfile(selected);
      case "zoomIn":
        return setWindow(zoomWindow(whole, window, 0.5, middle));
      case "zoomOut":
        return setWindow(zoomWindow(whole, window, 2, middle));
      case "panLeft":
        return setWindow(panWindow(whole, window, -0.25));
      case "panRight":
        return setWindow(panWindow(whole, window, 0.25));
      case "previousError":
        return select(nextOf(waterfall.errors, -1));
      case "nextError":
        return select(nextOf(waterfall.errors, 1));
      case "keys":
        return setKeysShown(true);
      case "back":
        if (state.open === true) return set({ open: undefined });
        return setWindow(whole);
    }
  };

  const section = useRef<HTMLElement>(null);
  // Nothing has the focus when one arrives, and the keys are meant all the same.
  const onKeyEvent = useEffectEvent(onKey);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKeyEvent(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);

  const items = virtual.getVirtualItems();
  const classes = useDrawnClasses(
    trace.traceId,
    byService ? [] : items.flatMap((item) => rows[item.index]?.span ?? []),
  );
  // Tab must find a row even where the selected one is scrolled away.
  const selectedDrawn = items.some((item) => item.index === position);
  const before = (items[0]?.start ?? offset) - offset;
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);
  return (
    <section ref={section}>
      <div className="head">
        <h2>Waterfall</h2>
        {turn !== undefined && state.to === undefined && (
          <span className="muted">
            around a turn of the loop of {msUnit(((state.turnTo ?? 0) - (state.turnFrom ?? 0)) * 1e6)}
          </span>
        )}
        {rows.length < waterfall.rows.length && (
          <span className="muted">
            {counted(waterfall.rows.length - rows.length, "span")} folded{" "}
            <button type="button" className="link" onClick={() => set({ fold: undefined })}>
              Unfold all
            </button>
          </span>
        )}
        <span className="end">
          <label className="field">
            <span>Find</span>
            <input
              className="w"
              placeholder="operation, service, attribute"
              value={state.find ?? ""}
              onChange={(event) => set({ find: event.target.value || undefined })}
              onKeyDown={(event) => {
                if (event.key === "Escape") set({ find: undefined });
                if (event.key !== "Enter" || found === undefined) return;
                event.preventDefault();
                event.stopPropagation();
                const target = nextOf(
                  found.map((row) => row.index),
                  event.shiftKey ? -1 : 1,
                );
                if (target !== undefined) {
                  set({ span: target.span.spanId, fold: listOf(unfoldTo(waterfall, folded, target)) });
                  virtual.scrollToIndex(rows.indexOf(target), { align: "center" });
                }
              }}
            />
          </label>
          {found !== undefined && (
            <span className="muted small" role="status">
              {found.length === 0 ? "none" : `${counted(found.length, "span")} · Enter for the next`}
            </span>
          )}
          <label className="check">
            <input
              type="checkbox"
              checked={state.noPath !== true}
              onChange={(event) => set({ noPath: event.target.checked ? undefined : true })}
            />
            Critical path
          </label>
          <ToggleGroup
            label="Colours"
            value={state.colour ?? "ledger"}
            choices={[
              { value: "ledger", words: "Ledger" },
              { value: "service", words: "Service" },
            ]}
            onChange={(colour) => set({ colour: colour === "ledger" ? undefined : colour })}
          />
          {window !== whole && (
            <button type="button" className="btn quiet" onClick={() => setWindow(whole)}>
              Whole trace <kbd>Esc</kbd>
            </button>
          )}
          <button type="button" className="btn quiet" onClick={() => setKeysShown(true)}>
            Keys <kbd>?</kbd>
          </button>
        </span>
      </div>
      <div className="wf" role="treegrid" aria-label="Spans of the trace" aria-rowcount={rows.length + 1}>
        <div role="rowgroup" className="wf-head">
          <div role="row" aria-rowindex={1} className="wf-row">
            <span role="columnheader">Service and operation</span>
            <span role="columnheader" className="num">
              ms
            </span>
            <span role="columnheader" className="time" ref={lane}>
              <span className="vh">Time from the trace’s start, ms</span>
              <TimeAxis window={window} onZoom={onZoom} />
            </span>
            <span role="columnheader" className="num">
              Profile for this span
            </span>
          </div>
        </div>
        <div role="rowgroup" ref={list}>
          {before > 0 && <div style={{ height: before }} role="presentation" />}
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const isSelected = row === selected;
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={virtual.measureElement}
                role="presentation"
                className={foundIds.has(row.span.spanId) ? "found" : undefined}
              >
                <SpanRow
                  row={row}
                  trace={trace}
                  rowIndex={item.index + 2}
                  window={window}
                  colour={byService ? (colours.get(row.span.service) ?? "p-root") : undefined}
                  selected={isSelected}
                  folded={folded.has(row.span.spanId)}
                  showPath={state.noPath !== true}
                  laneWidth={laneWidth}
                  tabbable={selectedDrawn ? isSelected : item === items[0]}
                  onSelect={onSelect}
                  onOpen={onOpen}
                  onFold={onFold}
                />
                {isSelected && state.open === true && (
                  <SpanDetails trace={trace} row={row} rowIndex={item.index + 2} />
                )}
              </div>
            );
          })}
          {after > 0 && <div style={{ height: after }} role="presentation" />}
        </div>
      </div>
      <Legend
        spans={trace.spans}
        colours={byService ? colours : undefined}
        showPath={state.noPath !== true}
        classes={classes}
      />
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </section>
  );
}

const listOf = (ids: ReadonlySet<string>): readonly string[] | undefined =>
  ids.size > 0 ? [...ids] : undefined;

function mostSampled(waterfall: Waterfall): WaterfallRow | undefined {
  let best = waterfall.rows[0];
  for (const row of waterfall.rows) {
    if (row.span.profile.selfSamples > (best?.span.profile.selfSamples ?? 0)) best = row;
  }
  return best;
}
