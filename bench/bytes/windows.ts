// Windows as a fleet sends them: one busy service of 200 processes and nine of ten, each window 10 s of a thread that is busy
// three quarters of the time. What Pyroscope was measured with is the same but for the times: labelled stacks, wall and CPU.
import { type Header, sampleTotals, TickState, WIRE_VERSION, type Window } from "@hotspan/wire";
import { type Frame, Random, writePprof } from "@hotspan/wire/testing";

const SERVICES = 10;
const STACKS = 350;
const FUNCTIONS = 2000;
const DEPTH = 30;
export const WINDOW_MS = 10_000;
const PERIOD_NANOS = 10_101_010;
const PERIOD = PERIOD_NANOS / 1e6;
/** Longer ones do not run in one go. */
const TURN_TICKS = 5;
/** Traces of a round that several services share. */
const SHARED = 64;

interface Program {
  readonly name: string;
  readonly stacks: readonly (readonly Frame[])[];
  readonly cumulated: readonly number[];
}

interface Carried {
  readonly label: Window["labels"][number];
  left: number;
}

interface Process {
  readonly program: Program;
  readonly index: number;
  readonly instance: string;
  readonly random: Random;
  carried: Carried | undefined;
}

const between = (random: Random): number => random.fraction() + random.fraction() + random.fraction() - 1.5;

/** A call tree whose stacks share trunks; a few of them take most of the ticks, by Zipf's law. */
function program(index: number): Program {
  const random = new Random(7919 * (index + 1));
  const functions = Array.from({ length: FUNCTIONS }, (_, i): Frame => {
    const kind = random.fraction();
    const file =
      kind < 0.1
        ? `node:internal/module${random.below(40)}`
        : kind < 0.65
          ? `/app/node_modules/library-${random.below(20)}/lib/file${random.below(240)}.js`
          : `/app/dist/service-${index}/folder${random.below(40)}/file${random.below(50)}.js`;
    return {
      name: `function${i % 1400}`,
      file,
      line: 1 + random.below(1500),
      column: 1 + random.below(80),
    };
  });
  let next = 0;
  const frame = (): Frame => {
    const one = functions[next < FUNCTIONS && random.fraction() < 0.9 ? next++ : random.below(FUNCTIONS)]!;
    return { ...one, line: one.line + random.below(30) };
  };
  const stacks: (readonly Frame[])[] = [Array.from({ length: 6 }, frame)];
  while (stacks.length < STACKS) {
    const length = Math.max(8, Math.min(60, Math.round(DEPTH + between(random) * 16)));
    const base = random.pick(stacks);
    const shared = Math.max(6, Math.round(length * (0.6 + 0.37 * random.fraction())));
    const kept = base.slice(0, Math.min(base.length - 1, shared));
    stacks.push([...kept, ...Array.from({ length: Math.max(1, length - kept.length) }, frame)]);
  }
  let sum = 0;
  return {
    name: `service-${index}`,
    stacks: stacks.map((stack) => stack.toReversed()),
    cumulated: stacks.map((_, i) => (sum += 1 / (i + 1))),
  };
}

function pick({ stacks, cumulated }: Program, random: Random): readonly Frame[] {
  const wanted = random.fraction() * cumulated.at(-1)!;
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return stacks[low]!;
}

export class Fleet {
  readonly processes: readonly Process[];
  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.processes = Array.from({ length: SERVICES }, (_, i) => program(i)).flatMap((one, s) =>
      Array.from({ length: s === 0 ? 200 : 10 }, (_, index): Process => {
        const random = new Random(31 + s * 1009 + index * 65537);
        return { program: one, index, instance: random.hex(32), random, carried: undefined };
      }),
    );
  }

  /** One window of each process, 10 s after those before. */
  *round(round: number): Generator<Window> {
    const pool = new Random(17 + round * 2654435);
    const shared = Array.from({ length: SHARED }, () => pool.hex(32));
    for (const process of this.processes)
      yield windowOf(
        process,
        round,
        this.#startMs + round * WINDOW_MS + ((process.index * 37) % 1000),
        shared,
      );
  }
}

interface Stretch {
  readonly label: Window["labels"][number] | undefined;
  readonly ticks: number;
}

/** About forty spans, Pareto distributed; one stretch in seven belongs to none; what goes on is carried into the next window. */
function stretchesOf(process: Process, total: number, shared: readonly string[]): Stretch[] {
  const { random, program: of } = process;
  const stretches: Stretch[] = [];
  let left = total;
  const carried = process.carried;
  if (carried !== undefined) {
    const ticks = Math.min(left, carried.left);
    stretches.push({ label: carried.label, ticks });
    left -= ticks;
    process.carried = carried.left > ticks ? { ...carried, left: carried.left - ticks } : undefined;
  }
  while (left > 0) {
    if (random.fraction() < 0.15) {
      const ticks = Math.min(left, 1 + random.below(9));
      stretches.push({ label: undefined, ticks });
      left -= ticks;
      continue;
    }
    const wanted = Math.min(3000, Math.max(1, Math.round(4 / random.fraction() ** (1 / 1.15)) - 2));
    const before = stretches.at(-1)?.label;
    const child = before !== undefined && random.fraction() < 0.4;
    const traceId = child ? before.traceId : random.fraction() < 0.3 ? random.pick(shared) : random.hex(32);
    const spanId = random.hex(16);
    const label = {
      traceId,
      spanId,
      localRootId: child ? before.localRootId : spanId,
      endpoint: child ? before.endpoint : `GET /${of.name}/route-${random.below(20)}`,
      sampled: true,
      user: {},
    };
    const ticks = Math.min(left, wanted);
    stretches.push({ label, ticks });
    left -= ticks;
    if (wanted > ticks) process.carried = { label, left: wanted - ticks };
  }
  return stretches;
}

function windowOf(process: Process, seq: number, startMs: number, shared: readonly string[]): Window {
  const { random, program: of } = process;
  const total = Math.round(750 + between(random) * 120);
  const stretches = stretchesOf(process, total, shared);
  const labels = new Map<Window["labels"][number], number>();
  const stacks = new Map<readonly Frame[], number>();
  const idOf = <T>(ids: Map<T, number>, of: T): number => {
    let id = ids.get(of);
    if (id === undefined) ids.set(of, (id = ids.size + 1));
    return id;
  };
  const ticks: { at: number; state: number; cpu: number; label: number; stack: number }[] = [];
  const turns: { at: number; busy: number; label: number }[] = [];
  const resumes: { at: number; label: number }[] = [];
  // What is not busy lies between the stretches.
  const idle = (WINDOW_MS - total * PERIOD * 1.001) / stretches.length;
  let time = 0;
  let cpu = 0;
  for (const { label, ticks: count } of stretches) {
    const id = label === undefined ? 0 : idOf(labels, label);
    const pause = Math.max(0, idle * 2 * random.fraction());
    time += pause;
    if (pause > PERIOD)
      ticks.push({ at: time, state: TickState.idle, cpu: random.below(300), label: 0, stack: 0 });
    for (let n = 0; n < count; n++) {
      if (n % TURN_TICKS === 0) {
        const busy = Math.min(TURN_TICKS, count - n) * PERIOD - random.fraction() * 0.5;
        turns.push({ at: time, busy, label: id });
        if (n > 0 && id > 0) resumes.push({ at: time, label: id });
      }
      time += PERIOD * (0.97 + 0.06 * random.fraction());
      const own = random.below(100) < 12 ? random.below(10_101) : 10_101 - random.below(400);
      cpu += own;
      ticks.push({
        at: time,
        state: TickState.js,
        cpu: own,
        label: id,
        stack: idOf(stacks, pick(of, random)),
      });
    }
  }
  const length = Math.max(WINDOW_MS, time);
  const micros = (list: readonly number[]): Uint32Array => {
    const whole = list.map((one) => Math.round(one * 1000));
    return Uint32Array.from(whole, (one, i) => one - (whole[i - 1] ?? 0));
  };
  const column = {
    deltaMicros: micros(ticks.map((one) => one.at)),
    state: Uint8Array.from(ticks, (one) => one.state),
    cpuMicros: Uint32Array.from(ticks, (one) => one.cpu),
    label: Uint32Array.from(ticks, (one) => one.label),
    stack: Uint32Array.from(ticks, (one) => one.stack),
    run: new Uint32Array(0),
  };
  const none = new Uint32Array(0);
  const header = headerOf(process, { seq, startMs, length, taken: ticks.length, cpu });
  return {
    header,
    ticks: column,
    labels: [...labels.keys()],
    journal: {
      thresholdMicros: 1000,
      turnDeltaMicros: micros(turns.map((one) => one.at)),
      turnBusyMicros: Uint32Array.from(turns, (one) => Math.round(one.busy * 1000)),
      turnLabel: Uint32Array.from(turns, (one) => one.label),
      resumeDeltaMicros: micros(resumes.map((one) => one.at)),
      resumeLabel: Uint32Array.from(resumes, (one) => one.label),
      resumeSource: new Uint8Array(resumes.length),
      resumeLateMicros: none,
      runDelayDeltaMicros: none,
      runDelaySpanMicros: none,
      runDelayMicros: none,
      droppedTurns: 0,
      droppedResumes: 0,
    },
    events: {
      gcDeltaMicros: none,
      gcDurationMicros: none,
      gcKind: new Uint8Array(0),
      poolDeltaMicros: none,
      poolQueueMicros: none,
    },
    pprof: writePprof([...stacks.keys()], sampleTotals(column, header, stacks.size), PERIOD_NANOS),
  };
}

function headerOf(
  { program: of, index, instance, random }: Process,
  at: {
    readonly seq: number;
    readonly startMs: number;
    readonly length: number;
    readonly taken: number;
    readonly cpu: number;
  },
): Header {
  const clock = (ms: number) => ({
    monotonicNanos: BigInt(Math.round((at.seq * WINDOW_MS + 3_600_000 + ms) * 1e6)),
    epochNanos: BigInt(Math.round(at.startMs * 1000 + ms * 1000)) * 1000n,
  });
  return {
    versionMajor: WIRE_VERSION.major,
    versionMinor: WIRE_VERSION.minor,
    profileId: random.hex(32),
    part: 1,
    parts: 1,
    instance,
    threadId: 0,
    threadName: "",
    seq: at.seq,
    start: clock(0),
    end: clock(at.length),
    periodNanos: PERIOD_NANOS,
    expectedTicks: Math.round(at.length / PERIOD),
    takenTicks: at.taken,
    droppedContexts: 0,
    flushStallNanos: 700_000 + random.below(400_000),
    threadCpuNanos: at.cpu * 1000,
    processCpuNanos: Math.round(at.cpu * 1100),
    quietLoop: true,
    mode: "continuous",
    contextPath: "frame",
    cgroup: undefined,
    loopDelay: {
      p50Nanos: 1_100_000 + random.below(1e6),
      p99Nanos: 24_000_000 + random.below(1e7),
      maxNanos: 61_000_000 + random.below(1e8),
    },
    resource: {
      "service.name": of.name,
      "service.version": `1.${index % 3}.0`,
      "deployment.environment.name": "production",
      "cloud.availability_zone": `zone-${"abc"[index % 3]}`,
      "host.name": `${of.name}-${index}`,
      "process.pid": "1",
      "process.runtime.name": "nodejs",
      "process.runtime.version": "24.21.0",
      "hotspan.agent.version": "0.1.0",
    },
  };
}
