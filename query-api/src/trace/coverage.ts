/** What one received window (all its parts) tells about a thread. Times in Unix ns as numbers are exact to 256 ns. */
export interface WindowFact {
  readonly seq: number;
  readonly start: number;
  readonly end: number;
  readonly partsSeen: number;
  readonly parts: number;
  readonly periodNano: number;
  /** When the thread is sampled; `slow_only` where that is unknown. */
  readonly schedule: string;
  /** How much is kept of it: that of `schedule`, or `slow_only`. */
  readonly mode: string;
  readonly droppedContexts: number;
  readonly expectedTicks: number;
  readonly takenTicks: number;
  readonly quietLoop: boolean;
}

/**
 * full: windows cover the span, or the thread was sampled right around it. open: no window reaches the end of the span,
 * and none after it is known. closed: sampling was off. lost: a window between known ones is missing.
 */
export type CoverageKind = "full" | "open" | "closed" | "lost";

export interface Coverage {
  readonly kind: CoverageKind;
  /** 0 when no window says. */
  readonly periodNano: number;
  /** Length of this thread's windows, ns; 0 when none is known. */
  readonly windowNano: number;
  readonly ticksLost: boolean;
  readonly schedule: string;
  readonly mode: string;
}

const unknown: Coverage = {
  kind: "open",
  periodNano: 0,
  windowNano: 0,
  ticksLost: false,
  schedule: "",
  mode: "",
};

// Between two windows the sampler is restarted: shorter than this is no pause.
const SEAM_NANO = 100e6;

function ticksLost(window: WindowFact): boolean {
  // With the quiet loop an idle thread takes no ticks at all, so their number proves nothing.
  return window.droppedContexts > 0 || (!window.quietLoop && window.takenTicks * 2 < window.expectedTicks);
}

/** `windows` of one (instance, thread), ordered by start. */
export function coverage(start: number, end: number, windows: readonly WindowFact[]): Coverage {
  if (windows.length === 0) return unknown;
  const until = Math.max(end, start + 1);
  let prev: WindowFact | undefined;
  let next: WindowFact | undefined;
  const over: WindowFact[] = [];
  let windowNano = 0;
  for (const window of windows) {
    windowNano = Math.max(windowNano, window.end - window.start);
    if (window.end <= start) prev = window;
    else if (window.start >= until) next ??= window;
    else over.push(window);
  }
  const near = over[0] ?? prev ?? next ?? windows[0]!;
  const base = {
    periodNano: near.periodNano,
    windowNano,
    ticksLost: over.some(ticksLost),
    schedule: near.schedule,
    mode: near.mode,
  };
  return { ...base, kind: kindOf(start, until, prev, over, next) };
}

function kindOf(
  start: number,
  until: number,
  prev: WindowFact | undefined,
  over: readonly WindowFact[],
  next: WindowFact | undefined,
): CoverageKind {
  const first = over[0];
  const last = over.at(-1);
  if (first === undefined || last === undefined) {
    if (next === undefined) return "open";
    if (prev === undefined) return next.seq === 0 ? "closed" : "lost";
    if (next.seq !== prev.seq + 1) return "lost";
    return next.start - prev.end <= SEAM_NANO ? "full" : "closed";
  }
  if (until > last.end + SEAM_NANO && next === undefined) return "open";
  if (over.some((window) => window.partsSeen < window.parts)) return next === undefined ? "open" : "lost";
  if (until > last.end + SEAM_NANO && next !== undefined && next.seq !== last.seq + 1) return "lost";
  const before = prev === undefined ? -1 : prev.seq;
  if (start < first.start - SEAM_NANO && first.seq !== before + 1) return "lost";
  for (let i = 1; i < over.length; i++) if (over[i]!.seq > over[i - 1]!.seq + 1) return "lost";
  return "full";
}

const rank: Readonly<Record<CoverageKind, number>> = { full: 0, open: 1, lost: 2, closed: 3 };

/** Of several threads one of which ran the span: the one that explains most. */
export function bestCoverage(all: readonly Coverage[]): Coverage {
  return all.reduce((best, one) => (rank[one.kind] < rank[best.kind] ? one : best), all[0] ?? unknown);
}
