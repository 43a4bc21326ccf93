// From what the program logged to what its spans must show. README.md says how each class is defined.
import type { AnswerEntry, Entry, SpanEntry, WaitEntry, WorkEntry } from "./app/log.ts";
import { intersect, type Interval, length, subtract, union } from "./intervals.ts";

/** One line of `truth.jsonl`. */
export interface Truth {
  readonly traceId: string;
  readonly spanId: string;
  readonly scenario: string;
  readonly durationNano: number;
  /** Sums to `durationNano`; classes that did not occur are absent. */
  readonly classes: Readonly<Record<string, number>>;
  /** Of `wait.child`. */
  readonly parts?: Readonly<Record<"remote" | "network" | "overlapped" | "loop_return", number>>;
  /** Who held the loop, by endpoint (null: no span) and function. */
  readonly blame?: readonly {
    readonly endpoint: string | null;
    readonly function: string;
    readonly nano: number;
  }[];
  /** What the log cannot tell: late continuations nobody is blamed for. */
  readonly errorNano: number;
}

export interface TruthResult {
  readonly truths: readonly Truth[];
  /** Spans left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** A truth that is itself uncertain by more than one point is none. */
const WORST_ERROR = 0.01;
const TICK_NANOS = 10e6;
/** What one answer takes of the program's processor in parsers and callbacks, at most; more is somebody else's. */
const OWN_HANDLING_NANOS = 0.9e6;
const GC = "(garbage collector)";
/** libuv's timers know whole milliseconds: so much later than asked is on time. */
const TIMER_NANOS = 1.2e6;

type Waited = Omit<WaitEntry, "ready"> & {
  readonly ready: number;
  readonly answer?: AnswerEntry | undefined;
};

interface Facts {
  readonly spans: ReadonlyMap<string, SpanEntry>;
  readonly work: readonly WorkEntry[];
  readonly waits: readonly WaitEntry[];
  readonly answers: ReadonlyMap<string, AnswerEntry>;
  /** Last branch of a join → the flow that awaited it. */
  readonly joins: ReadonlyMap<number, number>;
  readonly gc: readonly Interval[];
  readonly stops: readonly Interval[];
}

export function truths(entries: readonly Entry[]): TruthResult {
  const of = <T extends Entry["type"]>(type: T) =>
    entries.filter((entry): entry is Extract<Entry, { type: T }> => entry.type === type);
  const facts: Facts = {
    spans: new Map(of("span").map((span) => [span.spanId, span])),
    work: of("work").toSorted((a, b) => a.start - b.start),
    waits: of("wait"),
    answers: new Map(of("answer").map((answer) => [answer.call, answer])),
    joins: new Map(of("join").map(({ last, flow }) => [last, flow])),
    gc: union(of("gc")),
    stops: union(of("stop")),
  };
  const machine = of("machine");
  const found: Truth[] = [];
  const dropped: Record<string, number> = {};
  for (const span of facts.spans.values()) {
    if (span.scenario === "") continue;
    const duration = span.end - span.start;
    const stolen = machine.find(({ start, end }) => start <= span.start && span.end <= end)?.stolenTicks ?? 0;
    const truth =
      stolen > 1 && stolen * TICK_NANOS > WORST_ERROR * duration ? "stolen" : truthOf(span, facts);
    if (typeof truth !== "string" && truth.errorNano <= WORST_ERROR * duration) {
      found.push(truth);
      continue;
    }
    const reason = `${span.scenario}: ${typeof truth === "string" ? truth : "late for reasons unknown"}`;
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  }
  return { truths: found, dropped };
}

/** Or why there is none. */
function truthOf(span: SpanEntry, facts: Facts): Truth | string {
  const whole = { start: span.start, end: span.end };
  const inside = (entry: Interval): boolean => entry.end > whole.start && entry.start < whole.end;
  const work = facts.work.filter(inside);
  const mine = work.filter(({ owner }) => owner !== "" && isWithin(owner, span.spanId, facts.spans));
  const others = work.filter((entry) => !mine.includes(entry));
  const waits = waitsOf(span, facts);
  if (waits === undefined) return "answer not logged";

  const sums: Record<string, number> = {};
  const add = (name: string, nanos: number): void => {
    if (nanos > 0) sums[name] = (sums[name] ?? 0) + nanos;
  };
  for (const entry of mine) addWork(entry, entry.owner === span.spanId, clip(entry, whole), facts, add);

  const running = union(mine.map((entry) => clip(entry, whole)));
  const elsewhere = union(others.map((entry) => clip(entry, whole)));
  // V8 also collects between two tasks.
  const busy = union([...elsewhere, ...subtract(facts.gc.filter(inside), running)]);
  const parts = { remote: 0, network: 0, overlapped: 0, loop_return: 0 };
  const blame = new Map<string, { endpoint: string | null; function: string; nano: number }>();
  const accuse = (endpoint: string | null, name: string, nano: number): void => {
    if (nano <= 0) return;
    const row = blame.get(`${endpoint} ${name}`) ?? { endpoint, function: name, nano: 0 };
    row.nano += nano;
    blame.set(`${endpoint} ${name}`, row);
  };
  let unexplained = 0;
  const waited: Interval[] = [];
  for (const wait of waits) {
    // A free loop that takes its time to wake is part of the wait; a busy one held the span.
    const before = subtract([{ start: wait.start, end: wait.ready }], running);
    const after = subtract([{ start: wait.ready, end: wait.end }], running);
    const held = intersect(after, busy);
    const rest = length(before) + length(after) - length(held);
    const handling =
      wait.kind === "child" ? Math.min(unusedOf(wait, work, "cpu"), rest, OWN_HANDLING_NANOS) : 0;
    const frozen = Math.min(length(intersect(subtract(after, busy), facts.stops)), rest - handling);
    const idleTail = Math.max(0, length(after) - length(held) - handling - frozen);
    const queued = Math.min(idleTail, unusedOf(wait, work, "delay"));
    const late = idleTail - queued;
    const early = rest - handling - idleTail - frozen;
    add("loop.held", length(held));
    add("stalled", frozen + queued);
    add("cpu.self", handling);
    add(`wait.${wait.kind}`, early + late);
    unexplained += Math.max(0, late - TIMER_NANOS);
    waited.push(...before, ...after);
    if (wait.kind === "child") {
      const overlapped = length(intersect(before, elsewhere));
      const served =
        wait.answer === undefined
          ? 0
          : length(subtract(intersect(before, [{ start: wait.answer.start, end: wait.ready }]), elsewhere));
      parts.overlapped += overlapped;
      parts.remote += served;
      parts.network += Math.max(0, early - overlapped - served);
      parts.remote -= Math.max(0, overlapped + served - early);
      parts.loop_return += late;
    }
    for (const entry of others) {
      const part = intersect(held, [clip(entry, whole)]);
      const collected = intersect(part, facts.gc);
      const endpoint = endpointOf(entry.owner, facts.spans);
      accuse(endpoint, entry.function, length(part) - length(collected));
      accuse(endpoint, GC, length(collected));
    }
    accuse(null, GC, length(subtract(intersect(held, facts.gc), elsewhere)));
  }
  // Between two steps there is only the program's own glue; none of it can be somebody else's. A step's meter is read around
  // it: what was counted there, but did not fit into the step, the thread waited for its processor on the way.
  const glue = length(subtract([whole], union([...running, ...waited])));
  const between = mine.reduce((sum, { start, end, cpu, delay }) => {
    return sum + Math.max(0, delay - Math.max(0, end - start - cpu));
  }, 0);
  add("stalled", Math.min(glue, between));
  add("cpu.self", Math.max(0, glue - between));
  const durationNano = span.end - span.start;
  const total = Object.values(sums).reduce((sum, nanos) => sum + nanos, 0);
  if (Math.abs(total - durationNano) > 1000) throw new Error(`${span.spanId}: ${total} of ${durationNano}`);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    scenario: span.scenario,
    durationNano,
    classes: Object.fromEntries(Object.entries(sums).map(([name, nanos]) => [name, Math.round(nanos)])),
    ...(sums["wait.child"] === undefined ? {} : { parts: rounded(parts) }),
    ...(blame.size === 0
      ? {}
      : { blame: [...blame.values()].map((row) => ({ ...row, nano: Math.round(row.nano) })) }),
    errorNano: Math.round(unexplained),
  };
}

/** A step of the span itself: what was collected, stopped or without a processor in it was not its work. */
function addWork(
  entry: WorkEntry,
  self: boolean,
  part: Interval,
  facts: Facts,
  add: (name: string, nanos: number) => void,
): void {
  const nanos = part.end - part.start;
  const all = entry.end - entry.start;
  const share = all === 0 ? 0 : nanos / all;
  const gc = length(intersect(facts.gc, [part]));
  const rest = nanos - gc;
  const offProcessor = Math.max(0, all - entry.cpu) * share;
  // A collection waits for its helper threads: that is off the processor too, and is `gc`.
  const missing = Math.min(rest, Math.max(0, offProcessor - gc));
  const stalled = entry.kind === "blocked" ? Math.min(entry.delay * share, missing) : missing;
  const blocked = missing - stalled;
  add("gc", gc);
  add("stalled", stalled);
  add("blocked.sync", blocked);
  add(self ? "cpu.self" : "cpu.child", rest - missing);
}

/** CPU of the thread, or its time in the run queue, during a wait that no logged step used. */
function unusedOf(wait: Waited, work: readonly WorkEntry[], what: "cpu" | "delay"): number {
  let nanos = wait[what] ?? 0;
  for (const entry of work) if (entry.start >= wait.start && entry.end <= wait.end) nanos -= entry[what];
  return Math.max(0, nanos);
}

/** Waits on the path that ends the span: those of its flow, and of each branch that was the last of its join. */
function waitsOf(span: SpanEntry, { waits, joins, answers }: Facts): Waited[] | undefined {
  const onPath = (flow: number): boolean => {
    for (let at: number | undefined = flow; at !== undefined; at = joins.get(at))
      if (at === span.flow) return true;
    return false;
  };
  const found: Waited[] = [];
  for (const wait of waits) {
    if (!onPath(wait.flow)) continue;
    const answer = wait.call === undefined ? undefined : answers.get(wait.call);
    if (wait.call !== undefined && answer === undefined) return undefined;
    const known =
      wait.ready ?? (wait.write === undefined ? answer?.writes.at(-1) : answer?.writes[wait.write]);
    const ready = Math.min(Math.max(known ?? wait.end, wait.start), wait.end);
    const { sent = wait.start } = wait;
    // Until its request was written it could have gone on all along.
    if (sent > wait.start && sent < wait.end)
      found.push({ ...wait, end: sent, ready: wait.start, answer: undefined, cpu: 0, delay: 0 });
    found.push({ ...wait, start: Math.min(sent, wait.end), ready: Math.max(ready, sent), answer });
  }
  return found;
}

function isWithin(id: string, ancestor: string, spans: Facts["spans"]): boolean {
  for (let at: string | undefined = id; at !== undefined && at !== ""; at = spans.get(at)?.parent)
    if (at === ancestor) return true;
  return false;
}

/** Of the local root of the span that was active; null outside any. */
function endpointOf(owner: string, spans: Facts["spans"]): string | null {
  for (let span = spans.get(owner); span !== undefined; span = spans.get(span.parent))
    if (span.parent === "") return span.endpoint;
  return null;
}

function clip({ start, end }: Interval, to: Interval): Interval {
  return { start: Math.max(start, to.start), end: Math.min(end, to.end) };
}

function rounded<K extends string>(record: Record<K, number>): Record<K, number> {
  return Object.fromEntries(Object.entries<number>(record).map(([k, v]) => [k, Math.round(v)])) as Record<
    K,
    number
  >;
}
