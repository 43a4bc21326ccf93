// The loop around a span as it is drawn: who ran when, what the span did meanwhile. Times in ns from the
// span's start. Pure.
import type { LedgerBlame, LedgerClass, Timeline, TimelineLabel } from "../api/ledger-types.ts";
import { holdersOf, type Own, requestName } from "../ledger/holders.ts";
import { ms, msUnit } from "../lib/format.ts";
import { functionWords } from "../text/function-words.ts";

/** self: the span or its descendants; held: who is blamed most; none: work of no request. */
export type Owner = "self" | "held" | "other" | "none";

export interface Turn {
  readonly start: number;
  readonly end: number;
  readonly owner: Owner;
  readonly who: string;
  readonly frame: string | undefined;
  readonly label: TimelineLabel | undefined;
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface Kid extends Stretch {
  readonly spanId: string;
  readonly name: string;
  /** When the other side had answered; until `end` the answer waited to be read. */
  readonly answered: number | undefined;
  readonly lane: number;
}

export interface TimelineView {
  /** When the span began. */
  readonly startUnixNano: bigint;
  readonly from: number;
  readonly to: number;
  readonly duration: number;
  readonly turns: readonly Turn[];
  readonly gc: readonly Stretch[];
  readonly span: readonly (Stretch & { readonly class: LedgerClass })[];
  readonly kids: readonly Kid[];
  readonly lanes: number;
  readonly hiddenKids: number;
  readonly ticks: readonly { readonly at: number; readonly class: LedgerClass | null }[];
  /** In words, for the legend: whom the loop-held colour stands for. */
  readonly culprit: string | undefined;
  readonly says: readonly Annotation[];
}

/** A line above the lanes. A `held` one spans its stretch with a bracket. */
export interface Annotation extends Stretch {
  readonly kind: "held" | "turn";
  readonly text: string;
  readonly short: string;
}

const mostLanes = 4;

export function timelineView(
  timeline: Timeline,
  span: { readonly traceId: string; readonly durationNano: number },
  options: {
    /** How much was asked for around the span: it begins there, up to a millisecond off its recorded start. */
    readonly padMs: number;
    readonly subtree: ReadonlySet<string>;
    readonly blame: readonly LedgerBlame[];
    /** Whose time it is. */
    readonly own: Own;
  },
): TimelineView {
  const shift = -options.padMs * 1e6;
  const at = (time: number): number => time + shift;
  const stretch = (piece: { readonly start: number; readonly dur: number }): Stretch => ({
    start: at(piece.start),
    end: at(piece.start + piece.dur),
  });
  const top = holdersOf(options.blame).find((one) => one.kind === "request" && one.traceId !== null);
  const isCulprit = (label: TimelineLabel): boolean =>
    top !== undefined &&
    label.traceId === top.traceId &&
    (label.spanId === top.spanId || top.spanId === null || label.endpoint === top.endpoint);

  const culprit = top === undefined ? undefined : requestName(top.endpoint ?? "", top.traceId, options.own);

  const turns = timeline.turns.map((turn): Turn => {
    const label = timeline.labels[turn.label] ?? undefined;
    const own = label !== undefined && label.traceId === span.traceId && options.subtree.has(label.spanId);
    const owner: Owner = label === undefined ? "none" : own ? "self" : isCulprit(label) ? "held" : "other";
    return {
      ...stretch(turn),
      owner,
      who: own
        ? "this span"
        : label === undefined
          ? "no request"
          : requestName(label.endpoint, label.traceId, options.own),
      frame: turn.frame === null ? undefined : functionWords(turn.frame).short,
      label,
    };
  });
  const { kids, lanes, hidden } = laneKids(
    timeline.children.map((child) => ({
      ...stretch(child),
      spanId: child.spanId,
      name: child.name,
      answered: child.answered === null ? undefined : at(child.answered),
    })),
    span.durationNano,
  );
  const pieces = timeline.span.map((piece) => ({ ...stretch(piece), class: piece.class }));
  return {
    startUnixNano: BigInt(timeline.t0UnixNano) - BigInt(Math.round(shift)),
    from: at(0),
    to: at(timeline.durationNano),
    duration: span.durationNano,
    turns,
    gc: timeline.gc.map(stretch),
    span: pieces,
    kids,
    lanes,
    hiddenKids: hidden,
    ticks: timeline.ticks.map((tick) => ({ at: at(tick.t), class: tick.class })),
    culprit: turns.some((turn) => turn.owner === "held") ? culprit : undefined,
    says: annotate(pieces, turns, kids, span.durationNano, culprit),
  };
}

/** Children that overlap stand under each other; those that need a lane too many are counted. */
function laneKids(
  children: readonly Omit<Kid, "lane">[],
  duration: number,
): { readonly kids: readonly Kid[]; readonly lanes: number; readonly hidden: number } {
  // Room for the name beside the bar.
  const room = duration * 0.18;
  const free: number[] = [];
  const kids: Kid[] = [];
  let hidden = 0;
  for (const child of children.toSorted((a, b) => a.start - b.start)) {
    let lane = free.findIndex((end) => end <= child.start);
    if (lane < 0) lane = free.length;
    if (lane >= mostLanes) {
      hidden++;
      continue;
    }
    free[lane] = child.end + room;
    kids.push({ ...child, lane });
  }
  return { kids, lanes: Math.max(1, free.length), hidden };
}

function annotate(
  pieces: TimelineView["span"],
  turns: readonly Turn[],
  kids: readonly Kid[],
  duration: number,
  culprit: string | undefined,
): readonly Annotation[] {
  const says: Annotation[] = [];
  const held = longest(joined(pieces.filter((piece) => piece.class === "loop.held")));
  if (held !== undefined && held.end - held.start >= 0.05 * duration) {
    const child = answeredBefore(kids, held, duration);
    const again = `ran again at ${msUnit(held.end)}`;
    says.push({
      ...held,
      kind: "held",
      text:
        child === undefined
          ? `ready at ${ms(held.start)} – ${again}${culprit === undefined ? "" : `, behind ${culprit}`}`
          : `${child.name} answered at ${ms(held.start)} – ${again}`,
      short: again,
    });
  }
  const turn = longest(turns.filter((one) => one.owner === "self"));
  if (turn !== undefined && turn.end - turn.start >= 0.2 * duration) {
    const text = `${msUnit(turn.end - turn.start)} in one turn`;
    says.push({
      start: turn.start,
      end: turn.end,
      kind: "turn",
      text: turn.frame === undefined ? text : `${text}: ${turn.frame}`,
      short: text,
    });
  }
  return says;
}

/** The child whose answer stood there when the span had to wait for the loop. */
export function answeredBefore(
  kids: readonly Pick<Kid, "name" | "answered" | "end" | "spanId">[],
  held: Stretch,
  duration: number,
): Pick<Kid, "name" | "answered" | "spanId"> | undefined {
  const near = Math.max(3e6, 0.02 * duration);
  return kids
    .filter(
      (kid) =>
        kid.answered !== undefined &&
        Math.abs(kid.answered - held.start) <= near &&
        kid.end >= held.end - near,
    )
    .toSorted(
      (a, b) => Math.abs((a.answered ?? 0) - held.start) - Math.abs((b.answered ?? 0) - held.start),
    )[0];
}

/** Pieces that touch are one. */
function joined(pieces: readonly Stretch[]): readonly Stretch[] {
  const all: { start: number; end: number }[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (last !== undefined && piece.start <= last.end + 1) last.end = Math.max(last.end, piece.end);
    else all.push({ start: piece.start, end: piece.end });
  }
  return all;
}

function longest<T extends Stretch>(pieces: readonly T[]): T | undefined {
  let best: T | undefined;
  for (const piece of pieces) {
    if (best === undefined || piece.end - piece.start > best.end - best.start) best = piece;
  }
  return best;
}

/** One turn in words: `From 51.8 ms: POST /reports · toCsv, a turn of 203.2 ms`. */
export function turnWords(turn: Turn): string {
  const what = turn.frame === undefined ? turn.who : `${turn.who} · ${turn.frame}`;
  return `From ${msUnit(turn.start)}: ${what}, a turn of ${msUnit(turn.end - turn.start)}`;
}

/** The drawing for those who do not see it: the longest turns, in order of time. */
export function summary(view: TimelineView): string {
  const telling = view.turns
    .toSorted((a, b) => b.end - b.start - (a.end - a.start))
    .slice(0, 4)
    .toSorted((a, b) => a.start - b.start);
  if (telling.length === 0) return "No turn of the loop was recorded around this span.";
  const parts = telling.map((turn) => `${turn.who} from ${ms(turn.start)} to ${msUnit(turn.end)}`);
  return `The longest turns: ${parts.join(", ")}.`;
}

/** Blame's sentence: when the answer stood there, and when the span ran again. */
export function heldNote(view: TimelineView): string | undefined {
  const held = view.says.find((one) => one.kind === "held");
  if (held === undefined) return undefined;
  const child = answeredBefore(view.kids, held, view.duration);
  const ready = child === undefined ? "The span was ready" : `${child.name} had answered`;
  return `${ready} at ${msUnit(held.start)}. The span ran again at ${msUnit(held.end)}.`;
}

/** The longest turn of another request while the span was open. */
export function turnOf(view: TimelineView, traceId: string | null): Turn | undefined {
  return longest(
    view.turns.filter(
      (turn) =>
        turn.label?.traceId === traceId &&
        turn.owner !== "self" &&
        turn.end > 0 &&
        turn.start < view.duration,
    ),
  );
}

/** A turn as the trace view's address names it: Unix ms, to the microsecond. */
export function turnSearch(
  view: TimelineView,
  turn: Turn | undefined,
): { turnFrom?: number; turnTo?: number } {
  if (turn === undefined) return {};
  const at = (time: number): number => Number((view.startUnixNano + BigInt(Math.round(time))) / 1000n) / 1000;
  return { turnFrom: at(turn.start), turnTo: at(turn.end) };
}

/** The last turn that began at or before `time` and still ran then. */
export function turnAt(turns: readonly Turn[], time: number): number {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((turns[middle] as Turn).start <= time) low = middle + 1;
    else high = middle;
  }
  return low > 0 && (turns[low - 1] as Turn).end >= time ? low - 1 : -1;
}

/** Ids of the span and all its descendants. */
export function subtreeOf(
  spans: readonly { readonly spanId: string; readonly parentSpanId: string | null }[],
  spanId: string,
): ReadonlySet<string> {
  const childrenOf = new Map<string, string[]>();
  for (const span of spans) {
    if (span.parentSpanId === null) continue;
    const children = childrenOf.get(span.parentSpanId) ?? [];
    children.push(span.spanId);
    childrenOf.set(span.parentSpanId, children);
  }
  const found = new Set([spanId]);
  const open = [spanId];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of childrenOf.get(next) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  }
  return found;
}
