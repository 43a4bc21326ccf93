// The spans of a trace as an indented list: pure, once per trace, fit for tens of thousands of spans.
import type { Trace, TraceSpan } from "../api/types.ts";
import { nanoSince } from "../lib/time.ts";

export interface WaterfallRow {
  readonly span: TraceSpan;
  /** Position in `Waterfall.rows`. */
  readonly index: number;
  readonly level: number;
  readonly parent: number | undefined;
  /** One past the last descendant. */
  readonly end: number;
  readonly children: number;
  /** Nanoseconds from the trace's start; negative when a clock was off. */
  readonly start: number;
  readonly duration: number;
  /** Its parent is named but was not received. */
  readonly orphan: boolean;
  readonly critical: readonly Segment[];
}

export interface Segment {
  readonly start: number;
  readonly duration: number;
}

export interface Waterfall {
  readonly rows: readonly WaterfallRow[];
  readonly byId: ReadonlyMap<string, WaterfallRow>;
  /** Nanoseconds from the trace's start at which the drawing begins and ends. */
  readonly from: number;
  readonly to: number;
  readonly errors: readonly number[];
}

type Draft = { -readonly [K in keyof WaterfallRow]: WaterfallRow[K] };

export function buildWaterfall(trace: Trace): Waterfall {
  const origin = trace.startUnixNano;
  const critical = new Map<string, Segment[]>();
  for (const one of trace.criticalPath) {
    const segments = critical.get(one.spanId) ?? [];
    segments.push({ start: nanoSince(origin, one.startUnixNano), duration: one.durationNano });
    critical.set(one.spanId, segments);
  }

  const byId = new Map<string, Draft>();
  for (const span of trace.spans) {
    // A span delivered twice counts once.
    if (byId.has(span.spanId)) continue;
    byId.set(span.spanId, {
      span,
      index: -1,
      level: 0,
      parent: undefined,
      end: -1,
      children: 0,
      start: nanoSince(origin, span.startUnixNano),
      duration: span.durationNano,
      orphan: false,
      critical: critical.get(span.spanId) ?? [],
    });
  }

  const childrenOf = new Map<string, Draft[]>();
  const roots: Draft[] = [];
  for (const row of byId.values()) {
    const parentId = row.span.parentSpanId;
    if (parentId !== null && parentId !== row.span.spanId && byId.has(parentId)) {
      const siblings = childrenOf.get(parentId) ?? [];
      siblings.push(row);
      childrenOf.set(parentId, siblings);
    } else {
      row.orphan = parentId !== null;
      roots.push(row);
    }
  }
  const inOrder = (a: Draft, b: Draft): number =>
    a.start - b.start || b.duration - a.duration || (a.span.spanId < b.span.spanId ? -1 : 1);
  roots.sort(inOrder);
  for (const siblings of childrenOf.values()) siblings.sort(inOrder);

  const rows: Draft[] = [];
  // Own stack, not recursion: a chain of 10,000 spans is a legal trace.
  const place = (root: Draft): void => {
    const stack: (Draft | number)[] = [root];
    while (stack.length > 0) {
      const top = stack.pop() as Draft | number;
      if (typeof top === "number") {
        (rows[top] as Draft).end = rows.length;
        continue;
      }
      if (top.index >= 0) continue;
      top.index = rows.length;
      rows.push(top);
      stack.push(top.index);
      // In a circle of parents one of the children is already placed.
      const children = (childrenOf.get(top.span.spanId) ?? []).filter((child) => child.index < 0);
      top.children = children.length;
      for (const child of children.toReversed()) {
        child.parent = top.index;
        child.level = top.level + 1;
        stack.push(child);
      }
    }
  };
  for (const root of roots) place(root);
  // Spans that are each other's ancestors have no root: broken data, shown all the same.
  for (const row of byId.values()) {
    if (row.index >= 0) continue;
    row.orphan = true;
    row.parent = undefined;
    row.level = 0;
    place(row);
  }

  let from = 0;
  let to = trace.durationNano;
  const errors: number[] = [];
  for (const row of rows) {
    from = Math.min(from, row.start);
    to = Math.max(to, row.start + row.duration);
    if (row.span.status === "error") errors.push(row.index);
  }
  return { rows, byId, from, to: to > from ? to : from + 1, errors };
}

/** The rows that are not inside a folded one, in order. */
export function visibleRows(waterfall: Waterfall, folded: ReadonlySet<string>): readonly WaterfallRow[] {
  if (folded.size === 0) return waterfall.rows;
  const visible: WaterfallRow[] = [];
  for (let i = 0; i < waterfall.rows.length; ) {
    const row = waterfall.rows[i] as WaterfallRow;
    visible.push(row);
    i = folded.has(row.span.spanId) ? row.end : i + 1;
  }
  return visible;
}

/** The folded set without those that hide `row`. */
export function unfoldTo(
  waterfall: Waterfall,
  folded: ReadonlySet<string>,
  row: WaterfallRow,
): ReadonlySet<string> {
  const open = new Set(folded);
  for (let above = row.parent; above !== undefined; ) {
    const parent = waterfall.rows[above];
    if (parent === undefined) break;
    open.delete(parent.span.spanId);
    above = parent.parent;
  }
  return open;
}

/** Does the span say this anywhere a person would look: operation, service, ids, attributes? */
export function matches(span: TraceSpan, needle: string): boolean {
  const wanted = needle.trim().toLowerCase();
  if (wanted === "") return false;
  const inText = (text: string | null): boolean => text !== null && text.toLowerCase().includes(wanted);
  if (inText(span.name) || inText(span.service) || inText(span.endpoint) || inText(span.spanId)) return true;
  for (const [key, value] of Object.entries(span.attributes)) {
    if (inText(key) || inText(`${key}=${String(value)}`) || inText(`${key}:${String(value)}`)) return true;
  }
  return false;
}

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Left edge and width of a time interval in per cent of the window, undefined outside of it. */
export function placeIn(
  window: TimeWindow,
  start: number,
  duration: number,
): { readonly left: number; readonly width: number } | undefined {
  const span = window.to - window.from;
  const left = ((start - window.from) / span) * 100;
  const right = ((start + duration - window.from) / span) * 100;
  if (right < 0 || left > 100 || !(span > 0)) return undefined;
  const cutLeft = Math.max(0, left);
  return { left: cutLeft, width: Math.max(0, Math.min(100, right) - cutLeft) };
}

/** Zoom around `centre` (< 1 in, > 1 out), never beyond the whole and never under a microsecond. */
export function zoomWindow(
  whole: TimeWindow,
  window: TimeWindow,
  factor: number,
  centre: number,
): TimeWindow {
  const span = Math.min(whole.to - whole.from, Math.max(1_000, (window.to - window.from) * factor));
  const share = (centre - window.from) / (window.to - window.from);
  return clampWindow(whole, centre - span * Math.min(1, Math.max(0, share)), span);
}

/** Move by a share of the window. */
export function panWindow(whole: TimeWindow, window: TimeWindow, share: number): TimeWindow {
  const span = window.to - window.from;
  return clampWindow(whole, window.from + span * share, span);
}

/**
 * The part of the axis around a turn of the loop, half of its length on either side; undefined where it lies outside of the trace.
 * @param turn in Unix ms
 */
export function turnWindow(
  whole: TimeWindow,
  startUnixNano: string,
  turn: { readonly turnFrom?: number | undefined; readonly turnTo?: number | undefined },
): TimeWindow | undefined {
  const { turnFrom, turnTo } = turn;
  if (turnFrom === undefined || turnTo === undefined) return undefined;
  const at = (unixMs: number): number =>
    Number(BigInt(Math.round(unixMs * 1e3)) * 1000n - BigInt(startUnixNano));
  const [from, to] = [at(turnFrom), at(turnTo)];
  if (to <= whole.from || from >= whole.to) return undefined;
  const beside = (to - from) / 2;
  return { from: Math.max(whole.from, from - beside), to: Math.min(whole.to, to + beside) };
}

function clampWindow(whole: TimeWindow, from: number, span: number): TimeWindow {
  const start = Math.max(whole.from, Math.min(from, whole.to - span));
  return { from: start, to: start + span };
}
