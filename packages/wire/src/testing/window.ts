import { WIRE_VERSION } from "../limits.ts";
import { sampleTotals } from "../weights.ts";
import type { Header, Journal, Label, Ticks, Window } from "../window.ts";
import { ResumeSource, TickState } from "../window.ts";
import { type Frame, writePprof } from "./pprof.ts";
import { Random } from "./random.ts";

export interface WindowOptions {
  readonly seed?: number;
  readonly service?: string;
  /** 32 hex digits. */
  readonly instance?: string;
  readonly threadId?: number;
  readonly seq?: number;
  /** Start of the window, Unix ms. */
  readonly startMillis?: number;
  readonly seconds?: number;
  readonly hz?: number;
  /** Share of the time the loop works. */
  readonly busy?: number;
  /** Mean depth of the stacks, and how many distinct ones there are. */
  readonly depth?: number;
  readonly stacks?: number;
  /** Windows of one program share it: the same code, so the same stacks. Default: stacks of its own. */
  readonly stackSeed?: number;
  /** Spans per second. */
  readonly spans?: number;
  readonly journal?: boolean;
  /** Whether the journal says what its resumes had waited for. */
  readonly wakes?: boolean;
  /** Say how long the thread waited for a processor, as versions from 1.2 on do. */
  readonly runDelays?: boolean;
  readonly contextPath?: Header["contextPath"];
}

/**
 * A window as an agent would send it: bursts of work with labels and stacks, sleeps between them, garbage collections, a
 * journal, and a pprof section whose values agree with the ticks. The same options give the same bytes.
 */
export function makeWindow(options: WindowOptions = {}): Window {
  const random = new Random(options.seed ?? 1);
  const seconds = options.seconds ?? 10;
  const periodNanos = Math.round(1e9 / (options.hz ?? 99));
  const duration = seconds * 1e6;
  const startMillis = options.startMillis ?? 1_795_000_000_000;
  const labels = makeLabels(random, Math.max(1, Math.round((options.spans ?? 40) * seconds)));
  const stackRandom = options.stackSeed === undefined ? random : new Random(options.stackSeed);
  const stacks = makeStacks(stackRandom, options.stacks ?? 300, options.depth ?? 30);
  const columns = makeTicks(random, {
    duration,
    period: periodNanos / 1000,
    busy: options.busy ?? 0.5,
    labels: labels.length,
    stacks: stacks.length,
  });
  const header = makeHeader(random, options, { startMillis, duration, periodNanos, taken: columns.taken });
  const totals = sampleTotals(columns.ticks, header, stacks.length);
  return {
    header,
    ticks: columns.ticks,
    labels,
    journal:
      options.journal === false
        ? undefined
        : options.wakes === true
          ? withWakes(columns.journal, random)
          : options.runDelays === true
            ? withRunDelays(columns.journal, random)
            : columns.journal,
    events: {
      gcDeltaMicros: Uint32Array.from({ length: seconds }, () => 900_000 + random.below(90_000)),
      gcDurationMicros: Uint32Array.from({ length: seconds }, () => random.below(9000)),
      gcKind: Uint8Array.from({ length: seconds }, () => random.pick([1, 1, 1, 4, 8, 16])),
      poolDeltaMicros: Uint32Array.from({ length: seconds }, () => 990_000),
      poolQueueMicros: Uint32Array.from({ length: seconds }, () => random.below(400)),
    },
    pprof: writePprof(stacks, totals, periodNanos),
  };
}

function withWakes(journal: Journal, random: Random): Journal {
  const resumeSource = Uint8Array.from(journal.resumeLabel, () => 1 + random.below(5));
  return {
    ...journal,
    resumeSource,
    resumeLateMicros: Uint32Array.from(resumeSource, (source) =>
      source === ResumeSource.timer ? random.below(200_000) : 0,
    ),
  };
}

function withRunDelays(journal: Journal, random: Random): Journal {
  return {
    ...journal,
    runDelayDeltaMicros: journal.turnDeltaMicros.map((delta, i) => delta + (i === 0 ? 2000 : 0)),
    runDelaySpanMicros: journal.turnBusyMicros.map((busy) => busy + random.below(5000)),
    runDelayMicros: journal.turnBusyMicros.map((busy) => random.below(busy)),
  };
}

function makeHeader(
  random: Random,
  options: WindowOptions,
  facts: { startMillis: number; duration: number; periodNanos: number; taken: number },
): Header {
  const monotonic = 3_600_000_000_000n;
  const epoch = BigInt(facts.startMillis) * 1_000_000n + 123_456n;
  const nanos = BigInt(facts.duration) * 1000n;
  return {
    versionMajor: WIRE_VERSION.major,
    versionMinor: WIRE_VERSION.minor,
    profileId: random.hex(32),
    part: 1,
    parts: 1,
    instance: options.instance ?? random.hex(32),
    threadId: options.threadId ?? 0,
    threadName: "main",
    seq: options.seq ?? 0,
    start: { monotonicNanos: monotonic, epochNanos: epoch },
    end: { monotonicNanos: monotonic + nanos, epochNanos: epoch + nanos + 1500n },
    periodNanos: facts.periodNanos,
    expectedTicks: Math.round((facts.duration * 1000) / facts.periodNanos),
    takenTicks: facts.taken,
    droppedContexts: 0,
    flushStallNanos: 900_000,
    threadCpuNanos: Math.round(facts.duration * 450),
    processCpuNanos: Math.round(facts.duration * 520),
    quietLoop: true,
    mode: "continuous",
    contextPath: options.contextPath ?? "frame",
    cgroup: { version: 2, quotaMicros: 200_000, periodMicros: 100_000, nrThrottled: 0, throttledMicros: 0 },
    loopDelay: { p50Nanos: 1_100_000, p99Nanos: 24_000_000, maxNanos: 61_000_000 },
    resource: {
      "service.name": options.service ?? "shop",
      "service.version": "1.4.2",
      "deployment.environment.name": "test",
      "cloud.availability_zone": "zone-a",
      "host.name": "host-1",
      "process.pid": "4242",
      "process.runtime.name": "nodejs",
      "process.runtime.version": "24.21.0",
      "hotspan.agent.version": "0.1.0",
    },
  };
}

const endpoints = ["GET /cart", "POST /checkout", "GET /products/:id", "GET /search"] as const;

function makeLabels(random: Random, count: number): Label[] {
  let traceId = random.hex(32);
  let localRootId = random.hex(16);
  let endpoint: string = endpoints[0];
  return Array.from({ length: count }, (_, i): Label => {
    if (i % 4 === 0) {
      traceId = random.hex(32);
      localRootId = random.hex(16);
      endpoint = random.pick(endpoints);
    }
    const user: Record<string, string> = i % 10 === 0 ? { tenant: `t${random.below(20)}` } : {};
    return {
      traceId,
      spanId: i % 4 === 0 ? localRootId : random.hex(16),
      localRootId,
      endpoint,
      sampled: true,
      user,
    };
  });
}

function makeStacks(random: Random, count: number, depth: number): Frame[][] {
  const files = Array.from({ length: 60 }, (_, i) =>
    random.pick([
      `src/routes/route-${i}.js`,
      `node_modules/library-${i % 25}/lib/file-${i}.js`,
      `node_modules/@scope/package-${i % 9}/dist/index.cjs`,
      `node:internal/module-${i % 12}`,
    ]),
  );
  const frames = Array.from({ length: 900 }, (_, i): Frame => {
    const builtin = i % 30 === 0;
    return {
      name: builtin ? "parse" : `function_${i}`,
      file: builtin ? "" : random.pick(files),
      line: builtin ? 0 : 1 + random.below(900),
      column: builtin ? 0 : 1 + random.below(80),
    };
  });
  const root: Frame = {
    name: "processTicksAndRejections",
    file: "node:internal/process/task_queues",
    line: 105,
    column: 5,
  };
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return [{ name: "(program)", file: "", line: 0, column: 0 }];
    if (i === 1) return [{ name: "(garbage collector)", file: "", line: 0, column: 0 }];
    const length = 1 + random.below(depth * 2 - 1);
    return [...Array.from({ length }, () => random.pick(frames)), root];
  });
}

interface TickOptions {
  readonly duration: number;
  readonly period: number;
  readonly busy: number;
  readonly labels: number;
  readonly stacks: number;
}

function makeTicks(random: Random, options: TickOptions): { ticks: Ticks; journal: Journal; taken: number } {
  const { duration, period } = options;
  const delta: number[] = [];
  const state: number[] = [];
  const cpu: number[] = [];
  const label: number[] = [];
  const stack: number[] = [];
  const turnDelta: number[] = [];
  const turnBusy: number[] = [];
  const turnLabel: number[] = [];
  const resumeDelta: number[] = [];
  const resumeLabel: number[] = [];
  let time = 0;
  let lastTick = 0;
  let lastTurn = 0;
  let lastResume = 0;
  const tick = (at: number, s: number, cpuMicros: number, labelRow: number, sample: number): void => {
    delta.push(at - lastTick);
    state.push(s);
    cpu.push(cpuMicros);
    label.push(labelRow);
    stack.push(sample);
    lastTick = at;
  };
  while (time < duration) {
    const burst = 1 + Math.round(random.below(12) * period * options.busy * random.fraction() * 2);
    const sleep = options.busy >= 1 ? 0 : Math.round((burst * (1 - options.busy)) / options.busy);
    const row = 1 + Math.min(options.labels - 1, Math.floor((time / duration) * options.labels));
    const end = Math.min(duration, time + burst);
    if (burst >= 1000) {
      turnDelta.push(time - lastTurn);
      turnBusy.push(end - time);
      turnLabel.push(row);
      lastTurn = time;
    }
    if (burst >= 5000) {
      resumeDelta.push(end - lastResume);
      resumeLabel.push(1 + random.below(options.labels));
      lastResume = end;
    }
    const sample = 3 + random.below(options.stacks - 2);
    let cpuSince = time;
    for (let at = Math.round(time + period * random.fraction()); at < end; at += Math.round(period)) {
      const kind = random.fraction();
      if (kind < 0.1) {
        tick(at, TickState.program, 0, 0, 1);
        continue;
      }
      const gc = kind < 0.13;
      tick(
        at,
        gc ? TickState.gc : TickState.js,
        at - cpuSince,
        row,
        gc ? 2 : sample + (random.below(3) === 0 ? 0 : -1) * (sample > 3 ? 1 : 0),
      );
      cpuSince = at;
    }
    time = end + sleep;
    if (sleep > period && time < duration) tick(time, TickState.idle, Math.max(0, end - cpuSince), 0, 0);
  }
  return {
    ticks: {
      deltaMicros: Uint32Array.from(delta),
      state: Uint8Array.from(state),
      cpuMicros: Uint32Array.from(cpu),
      label: Uint32Array.from(label),
      stack: Uint32Array.from(stack),
      run: new Uint32Array(0),
    },
    journal: {
      thresholdMicros: 1000,
      turnDeltaMicros: Uint32Array.from(turnDelta),
      turnBusyMicros: Uint32Array.from(turnBusy),
      turnLabel: Uint32Array.from(turnLabel),
      resumeDeltaMicros: Uint32Array.from(resumeDelta),
      resumeLabel: Uint32Array.from(resumeLabel),
      resumeSource: new Uint8Array(0),
      resumeLateMicros: new Uint32Array(0),
      runDelayDeltaMicros: new Uint32Array(0),
      runDelaySpanMicros: new Uint32Array(0),
      runDelayMicros: new Uint32Array(0),
      droppedTurns: 0,
      droppedResumes: 0,
    },
    taken: delta.length,
  };
}
