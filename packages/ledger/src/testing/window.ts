import type { LedgerLabel, LedgerSpan, LedgerWindow } from "../types.ts";

const MS = 1_000_000;
/** 2026-01-01, and a process that has run for an hour. */
export const EPOCH = 1_767_225_600_000_000_000n;
const MONOTONIC = 3_600_000_000_000n;

export type State = "js" | "gc" | "program" | "idle";
const STATES: readonly State[] = ["js", "gc", "program", "idle"];

/** Times in ms since the window's start. */
export interface MadeTick {
  readonly at: number;
  readonly state: State;
  readonly cpu?: number;
  /** A span's id, or none. */
  readonly label?: string | undefined;
  readonly stack?: string | undefined;
  readonly run?: number;
}

export interface MadeWindow {
  readonly from?: number;
  readonly length: number;
  readonly ticks: readonly MadeTick[];
  readonly turns?: readonly {
    readonly at: number;
    readonly busy: number;
    readonly label?: string | undefined;
  }[];
  readonly resumes?: readonly {
    readonly at: number;
    readonly label?: string | undefined;
    /** As in `LedgerWindow`; `late` in ms. */
    readonly source?: number;
    readonly late?: number;
  }[];
  /** Readings of how long the thread was ready without a processor; each covers `span` up to `at`. */
  readonly runDelays?: readonly { readonly at: number; readonly span: number; readonly delay: number }[];
  readonly labels?: readonly LedgerLabel[];
  readonly quiet?: boolean;
  readonly seq?: number;
  readonly periodMs?: number;
  readonly throttled?: boolean;
}

export const INSTANCE: string = "a".repeat(32);
export const TRACE: string = "1".repeat(32);

export function label(spanId: string, endpoint = "GET /cart", traceId: string = TRACE): LedgerLabel {
  return { traceId, spanId, localRootId: "", endpoint };
}

/** Columns of a window from a list of ticks; P is 10 ms. */
export function makeWindow(made: MadeWindow): LedgerWindow {
  const {
    from = 0,
    length,
    ticks,
    turns,
    resumes = [],
    runDelays = [],
    quiet = true,
    seq = 0,
    periodMs = 10,
  } = made;
  const labels = [...(made.labels ?? [])];
  const labelOf = (id: string | undefined): number => {
    if (id === undefined) return 0;
    const found = labels.findIndex((each) => each.spanId === id);
    return found >= 0 ? found + 1 : labels.push(label(id));
  };
  const stacks: string[] = [];
  const stackOf = (id: string | undefined): number => {
    if (id === undefined) return 0;
    const found = stacks.indexOf(id);
    return found >= 0 ? found + 1 : stacks.push(id);
  };
  const micros = (times: readonly number[]): number[] => {
    let before = 0;
    return times.map((time) => {
      const at = Math.round(time * 1000);
      const step = at - before;
      before = at;
      return step;
    });
  };
  const start = BigInt(Math.round(from * MS));
  const end = start + BigInt(Math.round(length * MS));
  return {
    instance: INSTANCE,
    thread: 0,
    startUnixNano: EPOCH + start,
    endUnixNano: EPOCH + end,
    startMonotonicNano: MONOTONIC + start,
    endMonotonicNano: MONOTONIC + end,
    seq,
    part: 1,
    parts: 1,
    periodNano: periodMs * MS,
    quietLoop: quiet,
    hasJournal: turns !== undefined,
    expectedTicks: Math.round(length / periodMs),
    takenTicks: ticks.length,
    droppedContexts: 0,
    tickDelta: micros(ticks.map(({ at }) => at)),
    tickState: ticks.map(({ state }) => STATES.indexOf(state) + 1),
    tickCpu: ticks.map(({ cpu = 0 }) => Math.round(cpu * 1000)),
    tickLabel: ticks.map((tick) => labelOf(tick.label)),
    tickStack: ticks.map((tick) => stackOf(tick.state === "idle" ? undefined : (tick.stack ?? "work"))),
    tickRun: ticks.map(({ run = 1 }) => run),
    turnDelta: micros((turns ?? []).map(({ at }) => at)),
    turnBusy: (turns ?? []).map(({ busy }) => Math.round(busy * 1000)),
    turnLabel: (turns ?? []).map((turn) => labelOf(turn.label)),
    resumeDelta: micros(resumes.map(({ at }) => at)),
    resumeLabel: resumes.map((resume) => labelOf(resume.label)),
    resumeSource: resumes.map(({ source = 0 }) => source),
    resumeLate: resumes.map(({ late = 0 }) => Math.round(late * 1000)),
    runDelayDelta: micros(runDelays.map(({ at }) => at)),
    runDelaySpan: runDelays.map(({ span }) => Math.round(span * 1000)),
    runDelay: runDelays.map(({ delay }) => Math.round(delay * 1000)),
    labels,
    stacks,
    journalThresholdMicros: 1000,
    cgroupThrottledMicros: made.throttled === true ? 1 : 0,
  };
}

/** A busy stretch: a tick each period, each with that much CPU per ms. */
export function busy(
  from: number,
  to: number,
  tick: Omit<MadeTick, "at" | "state"> & { readonly state?: State; readonly share?: number } = {},
): MadeTick[] {
  const { share = 1, state = "js", ...rest } = tick;
  const ticks: MadeTick[] = [];
  for (let at = from; at <= to + 1e-9; at += 10) ticks.push({ ...rest, at, state, cpu: share * 10 });
  return ticks;
}

/** A span of the thread; times in ms since `EPOCH`. A start off the whole millisecond is exact, so it is not moved. */
export function makeSpan(
  spanId: string,
  from: number,
  to: number,
  rest: Partial<LedgerSpan> = {},
): LedgerSpan {
  return {
    traceId: TRACE,
    spanId,
    parentSpanId: null,
    service: "shop",
    instance: INSTANCE,
    thread: 0,
    name: spanId,
    kind: "internal",
    endpoint: null,
    startUnixNano: EPOCH + BigInt(Math.round(from * MS)) + (from % 1 === 0 ? 1n : 0n),
    durationNano: Math.round((to - from) * MS) - (from % 1 === 0 ? 1 : 0),
    attributes: {},
    ...rest,
  };
}
