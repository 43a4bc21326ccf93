// What the agent of a simulated thread would have sent.
import { type Header, sampleTotals, TickState, WIRE_VERSION, type Window } from "@hotspan/wire";
import { type Frame, Random, writePprof } from "@hotspan/wire/testing";
import { Code, GC, PROGRAM } from "./code.ts";
import type { LoopThread, Run, SimulatedSpan } from "./loop.ts";

const PERIOD = 10.101;
const WINDOW = 10_000;
const PERIOD_NANOS = 10_101_010;
const MONOTONIC = 3_600_000_000_000n;

/** Told apart by its last digits, which the copies of the store count on. */
export function instanceOf({ service, index }: Pick<LoopThread, "service" | "index">): string {
  const name = Buffer.from(service).toString("hex").padEnd(30, "0").slice(0, 30);
  return `${name}${String(index).padStart(2, "0")}`;
}

export function resourceOf(thread: LoopThread): Record<string, string> {
  return {
    "service.name": thread.service,
    "service.version": "1.0.0",
    "deployment.environment.name": "production",
    "cloud.availability_zone": `zone-${"abc"[thread.index % 3]}`,
    "host.name": `${thread.service}-${thread.index}`,
    "process.pid": "1",
    "process.runtime.name": "nodejs",
    "process.runtime.version": "24.21.0",
    "hotspan.agent.version": "0.1.0",
  };
}

const codes = new Map<string, Code>();
function codeOf(service: string, name: string): Code {
  const key = `${service} ${name}`;
  let code = codes.get(key);
  if (code === undefined) codes.set(key, (code = new Code(service, name)));
  return code;
}

/** Windows of 10 s, each as long as the turn at its end, over [0, untilMs). */
export function windowsOf(thread: LoopThread, startMs: number, untilMs: number, seed: number): Window[] {
  const random = new Random(seed);
  const windows: Window[] = [];
  let from = 0;
  let at = 0;
  for (let seq = 0; from < untilMs; seq++) {
    const runs: Run[] = [];
    let to = Math.min(untilMs, (seq + 1) * WINDOW);
    for (let run = thread.runs[at]; run !== undefined && run.start < to; run = thread.runs[++at]) {
      runs.push(run);
      to = Math.max(to, run.end);
    }
    windows.push(windowOf(thread, runs, { seq, from, to, startMs, random }));
    from = to;
  }
  return windows;
}

interface Place {
  readonly seq: number;
  readonly from: number;
  readonly to: number;
  readonly startMs: number;
  readonly random: Random;
}

function windowOf(thread: LoopThread, runs: readonly Run[], place: Place): Window {
  const { seq, from, to, startMs, random } = place;
  const spans = new Map<SimulatedSpan, number>();
  const labelOf = (span: SimulatedSpan): number => {
    let label = spans.get(span);
    if (label === undefined) spans.set(span, (label = spans.size + 1));
    return label;
  };
  const stacks = new Map<readonly Frame[], number>();
  const stackOf = (stack: readonly Frame[]): number => {
    let index = stacks.get(stack);
    if (index === undefined) stacks.set(stack, (index = stacks.size + 1));
    return index;
  };
  const ticks: { at: number; state: number; cpu: number; label: number; stack: number }[] = [];
  const gc: { at: number; length: number }[] = [];
  const resumes: { at: number; label: number }[] = [];
  const micros = (time: number): number => Math.round((time - from) * 1000);
  let cpu = 0;
  let taken = 0;
  let due = from + random.fraction() * PERIOD;
  let before = from;
  let longBefore = false;
  const tick = (time: number, state: number, label: number, stack: number): void => {
    const own = state === TickState.program ? 0 : Math.round((cpu - taken) * 1000);
    if (state !== TickState.program) taken = cpu;
    ticks.push({ at: micros(time), state, cpu: own, label, stack });
  };
  for (const run of runs) {
    // Asleep: the signal is delivered when the loop wakes.
    if (run.start > before && due <= run.start) {
      tick(run.start, TickState.idle, 0, 0);
      while (due <= run.start) due += PERIOD;
    }
    const label = labelOf(run.span);
    if (longBefore && run.start - before < 0.1) resumes.push({ at: micros(run.start), label });
    const length = run.end - run.start;
    const pause =
      length > 40 && random.below(3) === 0
        ? { at: run.start + length * 0.4 * random.fraction(), length: 4 + random.fraction() * 14 }
        : undefined;
    if (pause !== undefined) gc.push({ at: micros(pause.at), length: Math.round(pause.length * 1000) });
    const code = codeOf(thread.service, run.code);
    let since = run.start;
    for (; due < run.end; due += PERIOD * (0.97 + 0.06 * random.fraction())) {
      cpu += (due - since) * (0.96 + 0.04 * random.fraction());
      since = due;
      const collecting = pause !== undefined && due >= pause.at && due < pause.at + pause.length;
      if (collecting) tick(due, TickState.gc, label, stackOf(GC));
      else if (random.below(30) === 0) tick(due, TickState.program, 0, stackOf(PROGRAM));
      else tick(due, TickState.js, label, stackOf(code.pick(random)));
    }
    cpu += run.end - since;
    before = run.end;
    longBefore = length >= 5;
  }
  const turns = runs.filter((run) => run.end - run.start >= 1);
  const deltas = (times: readonly number[]): Uint32Array =>
    Uint32Array.from(times, (time, i) => time - (times[i - 1] ?? 0));
  const column = {
    deltaMicros: deltas(ticks.map((one) => one.at)),
    state: Uint8Array.from(ticks, (one) => one.state),
    cpuMicros: Uint32Array.from(ticks, (one) => one.cpu),
    label: Uint32Array.from(ticks, (one) => one.label),
    stack: Uint32Array.from(ticks, (one) => one.stack),
    run: new Uint32Array(0),
  };
  const header = headerOf(thread, { seq, from, to, startMs, random }, ticks.length, cpu);
  return {
    header,
    ticks: column,
    labels: [...spans.keys()].map(({ traceId, spanId, localRootId, endpoint }) => ({
      traceId,
      spanId,
      localRootId,
      endpoint,
      sampled: true,
      user: {},
    })),
    journal: {
      thresholdMicros: 1000,
      turnDeltaMicros: deltas(turns.map((run) => micros(run.start))),
      turnBusyMicros: Uint32Array.from(turns, (run) => micros(run.end) - micros(run.start)),
      turnLabel: Uint32Array.from(turns, (run) => labelOf(run.span)),
      resumeDeltaMicros: deltas(resumes.map((one) => one.at)),
      resumeLabel: Uint32Array.from(resumes, (one) => one.label),
      resumeSource: new Uint8Array(resumes.length),
      resumeLateMicros: new Uint32Array(0),
      runDelayDeltaMicros: new Uint32Array(0),
      runDelaySpanMicros: new Uint32Array(0),
      runDelayMicros: new Uint32Array(0),
      droppedTurns: 0,
      droppedResumes: 0,
    },
    events: {
      gcDeltaMicros: deltas(gc.map((one) => one.at)),
      gcDurationMicros: Uint32Array.from(gc, (one) => one.length),
      gcKind: Uint8Array.from(gc, () => 1),
      poolDeltaMicros: new Uint32Array(0),
      poolQueueMicros: new Uint32Array(0),
    },
    pprof: writePprof([...stacks.keys()], sampleTotals(column, header, stacks.size), PERIOD_NANOS),
  };
}

function headerOf(thread: LoopThread, place: Place, taken: number, cpu: number): Header {
  const { seq, from, to, startMs, random } = place;
  const clock = (ms: number) => ({
    monotonicNanos: MONOTONIC + BigInt(Math.round(ms * 1e6)),
    epochNanos: BigInt(startMs) * 1_000_000n + BigInt(Math.round(ms * 1e6)),
  });
  return {
    versionMajor: WIRE_VERSION.major,
    versionMinor: WIRE_VERSION.minor,
    profileId: random.hex(32),
    part: 1,
    parts: 1,
    instance: instanceOf(thread),
    threadId: 0,
    threadName: "",
    seq,
    start: clock(from),
    end: clock(to),
    periodNanos: PERIOD_NANOS,
    expectedTicks: Math.round((to - from) / PERIOD),
    takenTicks: taken,
    droppedContexts: 0,
    flushStallNanos: 700_000 + random.below(400_000),
    threadCpuNanos: Math.round(cpu * 1e6),
    processCpuNanos: Math.round(cpu * 1.1e6),
    quietLoop: true,
    mode: "continuous",
    contextPath: "frame",
    cgroup: undefined,
    loopDelay: {
      p50Nanos: 1_100_000,
      p99Nanos: 24_000_000 + random.below(1e7),
      maxNanos: 61_000_000 + random.below(1e8),
    },
    resource: resourceOf(thread),
  };
}
