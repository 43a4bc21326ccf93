import type { LedgerSpan, LedgerWindow } from "../types.ts";
import { label, type MadeTick, makeSpan, makeWindow } from "./window.ts";

/** Times in ms. */
interface Task {
  readonly ready: number;
  readonly length: number;
  readonly label: string | undefined;
  /** At its end; may add tasks. */
  readonly follow?: (start: number, end: number) => Task | undefined;
}

interface Run {
  readonly start: number;
  readonly end: number;
  readonly label: string | undefined;
}

export interface Simulated {
  readonly window: LedgerWindow;
  readonly spans: readonly LedgerSpan[];
  readonly span: LedgerSpan;
  /** ns by class. */
  readonly truth: Readonly<Record<string, number>>;
}

const REMOTE = "b".repeat(32);
const PERIOD = 10;

/** Numbers in [0, 1), the same for the same seed. */
export function random(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * One thread with an event loop: first ready, first served. A request works, waits for timers and remote calls; hogs come
 * when they like. Of the waits `childShare` are for remote calls. What sampler, journal and tracing would have sent of it, and where the request's time went.
 */
export function simulate(seed: number, childShare = 0.6): Simulated {
  const next = random(seed);
  const between = (low: number, high: number): number => low + next() * (high - low);
  const spans: LedgerSpan[] = [];
  const truth: Record<string, number> = {};
  const add = (name: string, millis: number): void => {
    if (millis > 0) truth[name] = (truth[name] ?? 0) + millis * 1e6;
  };
  const begin = 20.5;
  const steps = Math.ceil(between(2, 9));
  const waits: { readonly from: number; readonly ready: number; readonly child: boolean; until: number }[] =
    [];
  let end = 0;
  let children = 0;

  const work = (ready: number, step: number): Task => ({
    ready,
    length: between(2, 90),
    label: "self",
    follow: (start, done) => {
      const waited = waits.at(-1);
      if (waited !== undefined) waited.until = start;
      if (waited?.child === true) {
        const id = `call${children}`;
        const opened = waited.from + 0.001;
        const parent = { parentSpanId: "self", kind: "client" as const };
        const http = { attributes: { "http.request.method": "GET" } };
        spans.push(makeSpan(id, opened, start + 0.001, { ...parent, ...http }));
        spans.push(
          makeSpan(`serve${children}`, opened + 0.0005, waited.ready, {
            parentSpanId: id,
            kind: "server",
            instance: REMOTE,
          }),
        );
        children++;
      }
      if (step === steps) {
        end = done;
        return undefined;
      }
      const ready = done + between(1.5, 160);
      waits.push({ from: done, ready, child: next() < childShare, until: 0 });
      return work(ready, step + 1);
    },
  });

  const tasks: Task[] = [work(begin, 1)];
  for (let at = between(0, 150); at < 1500; at += between(20, 300)) {
    tasks.push({ ready: at, length: between(2, 120), label: next() < 0.7 ? "hog" : undefined });
  }
  const runs: Run[] = [];
  let now = 0;
  while (tasks.length > 0) {
    tasks.sort((a, b) => a.ready - b.ready);
    const task = tasks.shift() as Task;
    const start = Math.max(now, task.ready);
    now = start + task.length;
    runs.push({ start, end: now, label: task.label });
    const follow = task.follow?.(start, now);
    if (follow !== undefined) tasks.push(follow);
  }
  const first = runs.find((run) => run.label === "self") as Run;
  const span = makeSpan("self", first.start, end, { kind: "server" });
  spans.push(span);
  for (const run of runs) if (run.label === "self") add("cpu.self", run.end - run.start);
  for (const { from, ready, child, until } of waits) {
    add(child ? "wait.child" : "wait.other", ready - from);
    add("loop.held", until - ready);
  }
  return { window: windowOf(runs, now + 30, next), spans, span, truth };
}

function windowOf(runs: readonly Run[], length: number, next: () => number): LedgerWindow {
  const ticks: MadeTick[] = [];
  let cpu = 0;
  let taken = 0;
  let due = next() * PERIOD;
  let before = 0;
  const tick = (at: number, rest: Omit<MadeTick, "at">): void => {
    ticks.push({ ...rest, at, cpu: cpu - taken });
    taken = cpu;
  };
  for (const run of runs) {
    // Asleep: the signal is delivered when the loop wakes.
    if (run.start > before && due <= run.start) {
      tick(run.start, { state: "idle" });
      while (due <= run.start) due += PERIOD;
    }
    let at = run.start;
    while (due < run.end) {
      cpu += due - at;
      at = due;
      const stack = run.label === "self" ? "handle" : "report";
      tick(due, { state: "js", label: run.label, stack });
      due += PERIOD * (0.95 + 0.1 * next());
    }
    cpu += run.end - at;
    before = run.end;
  }
  const resumes: { at: number; label: string | undefined }[] = [];
  for (const [i, run] of runs.entries()) {
    const behind = runs[i - 1];
    if (behind !== undefined && behind.end === run.start && behind.end - behind.start >= 5)
      resumes.push({ at: run.start, label: run.label });
  }
  return makeWindow({
    length,
    ticks,
    resumes,
    turns: runs.map((run) => ({ at: run.start, busy: run.end - run.start, label: run.label })),
    labels: [label("self"), label("hog", "POST /export", "2".repeat(32))],
  });
}

/** As if the sampler had lost that share of its ticks: their time and CPU come with the next one. */
export function withoutTicks(window: LedgerWindow, share: number, next: () => number): LedgerWindow {
  const kept: number[] = [];
  const delta: number[] = [];
  const cpu: number[] = [];
  let lostDelta = 0;
  let lostCpu = 0;
  for (let i = 0; i < window.tickState.length; i++) {
    lostDelta += window.tickDelta[i] as number;
    lostCpu += window.tickCpu[i] as number;
    if (next() < share) continue;
    kept.push(i);
    delta.push(lostDelta);
    cpu.push(lostCpu);
    lostDelta = lostCpu = 0;
  }
  const only = (column: ArrayLike<number>): number[] => kept.map((i) => column[i] as number);
  return {
    ...window,
    tickDelta: delta,
    tickCpu: cpu,
    tickState: only(window.tickState),
    tickLabel: only(window.tickLabel),
    tickStack: only(window.tickStack),
    tickRun: only(window.tickRun),
    takenTicks: kept.length,
  };
}
