import { type Estimate, quantile, seeded } from "../overhead/statistics.ts";

/** One replica in one round. */
export interface Observation {
  /** Which process it was. */
  readonly process: string;
  /** Share of the round in which it collected. */
  readonly collecting: number;
  /** Starts and stops of its sampler, a second, halved: a start and its stop are one change. */
  readonly changes: number;
  /** CPU more than that of a replica without the agent in the same round, ms a second. */
  readonly extra: number;
}

/** What the agent costs a replica. */
export interface Fit {
  /** While it collects, ms of CPU a second. */
  readonly collecting: number;
  /** A start of the sampler and its stop, ms of CPU. */
  readonly change: number;
  /** Between leases, ms of CPU a second. */
  readonly resting: number;
}

/** The three parts of the cost, and what else of them is plausible. */
export interface FitEstimate {
  readonly best: Fit;
  /** By a bootstrap over rounds: replicas of one round share what else the machine did in it. */
  readonly resampled: readonly Fit[];
}

const RESAMPLES = 1000;

/** Undefined if no process was seen both at work and at rest. */
export function fit(rounds: readonly (readonly Observation[])[], seed = 1): FitEstimate | undefined {
  const best = leastSquares(rounds.flat());
  if (best === undefined) return undefined;
  const random = seeded(seed);
  const resampled: Fit[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const one = leastSquares(
      rounds.flatMap(() => rounds[Math.floor(random() * rounds.length)] as readonly Observation[]),
    );
    if (one !== undefined) resampled.push(one);
  }
  return { best, resampled };
}

/** Of something that follows from the parts: its value and 95 % interval. */
export function derived({ best, resampled }: FitEstimate, of: (fit: Fit) => number): Estimate {
  const values = resampled.map(of);
  return { value: of(best), low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/**
 * Least squares with a level of its own for each process: two processes of one program differ by some percent for as long as they live, which is more
 * than what is looked for. So what collecting and a change cost comes from each process's own rounds with more and with less of them;
 * only what is left at rest is a comparison between processes.
 */
function leastSquares(observations: readonly Observation[]): Fit | undefined {
  const within = [...Map.groupBy(observations, ({ process }) => process).values()].flatMap((own) => {
    const level = means(own);
    return own.map(({ collecting, changes, extra }) => ({
      collecting: collecting - level.collecting,
      changes: changes - level.changes,
      extra: extra - level.extra,
    }));
  });
  const sum = (of: (one: (typeof within)[number]) => number): number =>
    within.reduce((total, one) => total + of(one), 0);
  const cc = sum(({ collecting }) => collecting ** 2);
  const ss = sum(({ changes }) => changes ** 2);
  const cs = sum(({ collecting, changes }) => collecting * changes);
  const cy = sum(({ collecting, extra }) => collecting * extra);
  const sy = sum(({ changes, extra }) => changes * extra);
  const determinant = cc * ss - cs * cs;
  // Nobody began or ended, or whoever did was at work as long as all others.
  if (!(determinant > 1e-3 * cc * ss)) return undefined;
  const collecting = (cy * ss - sy * cs) / determinant;
  const change = (sy * cc - cy * cs) / determinant;
  const all = means(observations);
  return { collecting, change, resting: all.extra - collecting * all.collecting - change * all.changes };
}

function means(observations: readonly Observation[]): Omit<Observation, "process"> {
  const mean = (of: (one: Observation) => number): number =>
    observations.reduce((total, one) => total + of(one), 0) / observations.length;
  return {
    collecting: mean(({ collecting }) => collecting),
    changes: mean(({ changes }) => changes),
    extra: mean(({ extra }) => extra),
  };
}
