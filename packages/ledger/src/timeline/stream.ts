import type { LedgerLabel, LedgerWindow } from "../types.ts";
import { unixAxis } from "./clock.ts";

export const State = { js: 1, gc: 2, program: 3, idle: 4 } as const;

/** `LedgerWindow.resumeSource` */
const TIMER = 1;

/** One entry of the tick columns. Times in ns since the stream's origin. */
export interface Tick {
  readonly time: number;
  readonly state: number;
  /** ns since the tick before; `(program)` ticks have been given their share. */
  cpu: number;
  readonly label: number;
  readonly stack: number;
  readonly run: number;
}

export interface Turn {
  readonly start: number;
  readonly end: number;
  readonly label: number;
}

export interface Resume {
  readonly time: number;
  readonly label: number;
  /** As in `LedgerWindow.resumeSource`; 0: unknown. */
  readonly source: number;
  /** When a timer was due; undefined of all others. */
  readonly due: number | undefined;
}

/** In [start, end) the thread was ready to run for `nano` and got no processor. */
export interface RunDelay {
  readonly start: number;
  readonly end: number;
  readonly nano: number;
}

/** A window whose parts have been put together. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly seq: number;
  readonly quiet: boolean;
  readonly journal: boolean;
  readonly throttled: boolean;
  readonly ticks: readonly Tick[];
  /** Indices of ticks before which a part is missing; `ticks.length`: the last one is. */
  readonly holes: ReadonlySet<number>;
  readonly turns: readonly Turn[];
  readonly resumes: readonly Resume[];
  /** Where none is there was none; undefined: not known. */
  readonly runDelays: readonly RunDelay[] | undefined;
  readonly expectedTicks: number;
  readonly takenTicks: number;
}

export interface Stream {
  readonly originUnixNano: bigint;
  readonly periodNano: number;
  readonly stretches: readonly Stretch[];
  readonly labels: readonly LedgerLabel[];
  readonly stacks: readonly string[];
}

/** Gives equal stacks the same number, in order of appearance. */
class StackTable {
  readonly values: string[] = [];
  readonly #numbers = new Map<string, number>();

  add(stack: string): number {
    let number = this.#numbers.get(stack);
    if (number === undefined) {
      number = this.values.push(stack) - 1;
      this.#numbers.set(stack, number);
    }
    return number;
  }
}

/** The same for labels of one span, trace and endpoint. By span, as hardly ever two share one: no key has to be made of all three. */
class LabelTable {
  readonly values: LedgerLabel[] = [];
  readonly #numbers = new Map<string, number[]>();

  add(label: LedgerLabel): number {
    const { spanId, traceId, endpoint } = label;
    const key = spanId === "" ? endpoint : spanId;
    const same = this.#numbers.get(key);
    const known = same?.find((number) => {
      const other = this.values[number] as LedgerLabel;
      return other.spanId === spanId && other.traceId === traceId && other.endpoint === endpoint;
    });
    if (known !== undefined) return known;
    const number = this.values.push(label) - 1;
    if (same === undefined) this.#numbers.set(key, [number]);
    else same.push(number);
    return number;
  }
}

/** All windows of one thread, in any order, duplicates allowed, on one time axis with one numbering of labels and stacks. */
export function readStream(windows: readonly LedgerWindow[]): Stream {
  const ordered = windows
    .filter((window) => window.periodNano > 0 && window.endMonotonicNano > window.startMonotonicNano)
    .toSorted((a, b) => compare(a.startMonotonicNano, b.startMonotonicNano) || a.part - b.part);
  const origin = ordered.reduce(
    (least, { startUnixNano }) => (startUnixNano < least ? startUnixNano : least),
    ordered[0]?.startUnixNano ?? 0n,
  );
  const labels = new LabelTable();
  const stacks = new StackTable();
  const stretches: Stretch[] = [];
  let i = 0;
  while (i < ordered.length) {
    const first = ordered[i] as LedgerWindow;
    const parts: LedgerWindow[] = [];
    for (; i < ordered.length; i++) {
      const part = ordered[i] as LedgerWindow;
      if (part.startMonotonicNano !== first.startMonotonicNano) break;
      if (parts.at(-1)?.part !== part.part) parts.push(part);
    }
    const stretch = join(parts, origin, labels, stacks);
    // A window that overlaps another was sent by a second sampler, or is a copy with an edited clock.
    if (stretch.start >= (stretches.at(-1)?.end ?? Number.NEGATIVE_INFINITY) - 1000) stretches.push(stretch);
  }
  return {
    originUnixNano: origin,
    periodNano: ordered[0]?.periodNano ?? 0,
    stretches,
    labels: labels.values,
    stacks: stacks.values,
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function join(
  parts: readonly LedgerWindow[],
  origin: bigint,
  labels: LabelTable,
  stacks: StackTable,
): Stretch {
  const header = parts[0] as LedgerWindow;
  const axis = unixAxis(header, origin);
  const ticks: Tick[] = [];
  const turns: Turn[] = [];
  const resumes: Resume[] = [];
  const runDelays: RunDelay[] = [];
  const holes = new Set<number>();
  let expected = 1;
  for (const part of parts) {
    if (part.part !== expected) holes.add(ticks.length);
    expected = part.part + 1;
    const labelOf = part.labels.map((label) => labels.add(label));
    const stackOf = part.stacks.map((stack) => stacks.add(stack));
    let at = 0;
    for (let k = 0; k < part.tickState.length; k++) {
      at += part.tickDelta[k] as number;
      ticks.push({
        time: axis.at(at * 1000),
        state: part.tickState[k] as number,
        cpu: (part.tickCpu[k] as number) * 1000,
        label: labelOf[(part.tickLabel[k] as number) - 1] ?? -1,
        stack: stackOf[(part.tickStack[k] as number) - 1] ?? -1,
        run: part.tickRun[k] ?? 1,
      });
    }
    at = 0;
    for (let k = 0; k < part.turnDelta.length; k++) {
      at += part.turnDelta[k] as number;
      turns.push({
        start: axis.at(at * 1000),
        end: axis.at((at + (part.turnBusy[k] as number)) * 1000),
        label: labelOf[(part.turnLabel[k] as number) - 1] ?? -1,
      });
    }
    at = 0;
    for (let k = 0; k < part.resumeDelta.length; k++) {
      at += part.resumeDelta[k] as number;
      const source = part.resumeSource?.[k] ?? 0;
      const late = part.resumeLate?.[k] ?? 0;
      resumes.push({
        time: axis.at(at * 1000),
        label: labelOf[(part.resumeLabel[k] as number) - 1] ?? -1,
        source,
        due: source === TIMER ? axis.at((at - late) * 1000) : undefined,
      });
    }
  }
  for (const { runDelayDelta = [], runDelaySpan = [], runDelay = [] } of parts) {
    let at = 0;
    for (let k = 0; k < runDelayDelta.length; k++) {
      at += runDelayDelta[k] as number;
      const start = axis.at((at - (runDelaySpan[k] as number)) * 1000);
      runDelays.push({ start, end: axis.at(at * 1000), nano: (runDelay[k] as number) * 1000 });
    }
  }
  if (expected <= header.parts) holes.add(ticks.length);
  return {
    start: axis.start,
    end: axis.end,
    seq: header.seq,
    quiet: header.quietLoop,
    journal: header.hasJournal && header.quietLoop,
    throttled: header.cgroupThrottledMicros > 0,
    ticks,
    holes,
    turns,
    resumes,
    runDelays: runDelays.length > 0 ? runDelays : undefined,
    expectedTicks: header.expectedTicks,
    takenTicks: header.takenTicks,
  };
}
