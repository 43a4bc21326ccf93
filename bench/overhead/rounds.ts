import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { drive, Load } from "./load.ts";
import { Service } from "./service.ts";
import { seeded, shuffled } from "./statistics.ts";

export type LoadName = "idle" | "light" | "heavy";

export interface LoadPlan {
  /** Requests a second and service. */
  readonly rate: number;
  readonly roundMillis: number;
  readonly warmUpMillis: number;
  readonly warmUpRate: number;
  /** How often the profilers end a window in a round. */
  readonly windows: number;
  /** Whether all services are measured at the same time: none of them uses much of the core. */
  readonly together: boolean;
  /** Processes come and go this often. */
  readonly generations: number;
}

/** The agent's default; all others are told to do the same. */
export const WINDOW_MILLIS = 10_000;
const HEAVY_MILLIS = 3000;

// A process is warmed up long, and as long again behind its first window: with 6000 requests each V8 went on compiling behind a profiler for
// the first rounds, 12 µs a request of them, which come once in the life of a process, and only 60,000 requests later it had settled.
export const LOADS: Readonly<Record<LoadName, LoadPlan>> = {
  // A round holds one window of each profiler, and the agent's default is 10 s.
  idle: {
    rate: 0,
    roundMillis: WINDOW_MILLIS,
    windows: 1,
    warmUpMillis: 1000,
    warmUpRate: 200,
    together: true,
    generations: 3,
  },
  light: {
    rate: 40,
    roundMillis: WINDOW_MILLIS,
    windows: 1,
    warmUpMillis: 10_000,
    warmUpRate: 1000,
    together: true,
    generations: 3,
  },
  // On a core that is fast enough for it, see `rate.ts`.
  heavy: {
    rate: 2000,
    roundMillis: HEAVY_MILLIS,
    windows: HEAVY_MILLIS / WINDOW_MILLIS,
    warmUpMillis: 15_000,
    warmUpRate: 2000,
    together: false,
    generations: 4,
  },
};

export interface Case {
  readonly node: string;
  readonly setup: string;
}

/** One round of one service. */
export interface Round extends Case {
  readonly load: LoadName;
  readonly generation: number;
  readonly round: number;
  readonly requests: number;
  readonly millis: number;
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
  readonly rssMegabytes: number;
  /** Of these, V8's heap. */
  readonly heapMegabytes: number;
  readonly utilization: number;
}

const keyOf = ({ load, node, setup, generation, round }: Omit<Round, keyof Measured>): string =>
  `${load}/${node}/${setup}/${generation}/${round}`;

type Measured = Pick<
  Round,
  "requests" | "millis" | "cpuMicros" | "p50" | "p99" | "rssMegabytes" | "heapMegabytes" | "utilization"
>;

/** The rounds measured so far, kept in a file of one line each: a run that was broken off goes on. */
export class Rounds {
  readonly list: Round[] = [];
  readonly #file: string;
  readonly #known = new Set<string>();

  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) if (line !== "") this.#keep(JSON.parse(line));
  }

  has(key: Omit<Round, keyof Measured>): boolean {
    return this.#known.has(keyOf(key));
  }

  add(rounds: readonly Round[]): void {
    for (const round of rounds) this.#keep(round);
    appendFileSync(this.#file, rounds.map((round) => `${JSON.stringify(round)}\n`).join(""));
  }

  #keep(round: Round): void {
    this.list.push(round);
    this.#known.add(keyOf(round));
  }
}

export interface BlockOptions {
  readonly load: LoadName;
  readonly plan: LoadPlan;
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly receiver: string;
  readonly seed: number;
  readonly progress: (text: string) => void;
}

/** All rounds of some services that are compared with each other: within a round they run in an order of chance. */
export async function runBlock(done: Rounds, options: BlockOptions): Promise<void> {
  const { plan } = options;
  const generations = Math.min(plan.generations, Math.ceil(options.rounds / 3));
  const perGeneration = Math.ceil(options.rounds / generations);
  for (let generation = 0; generation < generations; generation++) {
    const missing = Array.from({ length: perGeneration }, (_, round) => round).filter((round) =>
      options.cases.some((one) => !done.has({ ...one, load: options.load, generation, round })),
    );
    if (missing.length > 0) await runGeneration(done, options, generation, missing, perGeneration);
  }
}

async function runGeneration(
  done: Rounds,
  { load, plan, cases, rounds, receiver, seed, progress }: BlockOptions,
  generation: number,
  missing: readonly number[],
  perGeneration: number,
): Promise<void> {
  const random = seeded(seed * 1000 + generation);
  const running: { readonly one: Case; readonly service: Service; readonly load: Load }[] = [];
  try {
    for (const one of shuffled(cases, random)) {
      const service = await Service.start(one.node, one.setup, WINDOW_MILLIS, receiver);
      running.push({ one, service, load: new Load(service.port) });
    }
    for (const { service, load: requests } of running) {
      await drive([requests], plan.warmUpRate, plan.warmUpMillis);
      // The first window makes V8 compile much anew, of the service as well: it comes once in the life of a process.
      await service.flush();
      await drive([requests], plan.warmUpRate, plan.warmUpMillis);
    }
    await delay(500);
    for (const round of missing) {
      const order = shuffled(running, random);
      const sides = plan.together ? [order] : order.map((side) => [side]);
      const measured: Round[] = [];
      // Evenly over all rounds, as often as the profilers do by themselves.
      const nth = generation * perGeneration + round;
      const ends = Math.floor((nth + 1) * plan.windows) > Math.floor(nth * plan.windows);
      const at = ends ? random() : undefined;
      for (const side of sides) {
        const results = await measure(side, plan, at);
        for (const [i, { one }] of side.entries())
          measured.push({ ...one, load, generation, round, ...(results[i] as Measured) });
      }
      done.add(measured);
      progress(`${load}, processes ${generation + 1}, round ${round + 1} of ${rounds}`);
    }
  } finally {
    for (const { service, load: requests } of running) {
      requests.close();
      await service.close();
    }
  }
}

/** @param at when the profilers end a window, as a share of the round; undefined: not in this one. */
async function measure(
  side: readonly { readonly service: Service; readonly load: Load }[],
  { rate, roundMillis }: LoadPlan,
  at: number | undefined,
): Promise<Measured[]> {
  const services = side.map(({ service }) => service);
  for (const service of services) await service.mark();
  const before = services.map((service) => service.cpuMicros());
  const began = performance.now();
  const flushing =
    at === undefined
      ? undefined
      : delay(at * roundMillis).then(() => Promise.all(services.map((one) => one.flush())));
  const latencies =
    rate === 0
      ? side.map((): number[] => [])
      : await drive(
          side.map(({ load }) => load),
          rate,
          roundMillis,
        );
  await delay(Math.max(0, began + roundMillis - performance.now()));
  await flushing;
  const after = services.map((service) => service.cpuMicros());
  const millis = performance.now() - began;
  const results: Measured[] = [];
  for (const [i, service] of services.entries()) {
    const { utilization, heapBytes } = await service.facts();
    const times = (latencies[i] as number[]).toSorted((a, b) => a - b);
    const share = (part: number): number => times[Math.floor(part * times.length)] ?? 0;
    results.push({
      requests: times.length,
      millis,
      cpuMicros: (after[i] as number) - (before[i] as number),
      p50: share(0.5),
      p99: share(0.99),
      rssMegabytes: service.rssMegabytes(),
      heapMegabytes: heapBytes / 2 ** 20,
      utilization,
    });
  }
  return results;
}
