import { type Estimate, estimate, median } from "../overhead/statistics.ts";
import { derived, type Fit, fit, type FitEstimate, type Observation } from "./fit.ts";
import { costOf, type Rotation, seen, visited } from "./model.ts";

/** Of one side, replica by replica. */
export interface Measured {
  /** ms of CPU a second. */
  readonly used: readonly number[];
  readonly collecting: readonly { readonly share: number; readonly turns: number }[];
  readonly seconds: number;
}

/** The same time, or two times one behind the other. */
export interface Round {
  readonly generation: number;
  /** With the agent. */
  readonly on: Measured;
  readonly off: Measured;
}

/** What is measured of a load. */
export interface Measures {
  readonly rounds: readonly Round[];
  readonly parts: FitEstimate | undefined;
}

export function measuresOf(rounds: readonly Round[]): Measures {
  return { rounds, parts: fit(rounds.map(observe)) };
}

/** @param rest of an idle process: what is left at rest does not depend on the load, and there it is told best */
export function reportOf({ rounds, parts }: Measures, rest: FitEstimate | undefined, real: Rotation): object {
  const replicas = rounds[0]?.on.used.length ?? 1;
  const without = median(rounds.map(({ off }) => sum(off.used))) / replicas;
  const over = (of: (round: Round) => number): Estimate =>
    tidy(
      estimate([...Map.groupBy(rounds, ({ generation }) => generation).values()].map((own) => own.map(of))),
    );
  const sampled = rounds.flatMap(({ on }) => on.collecting);
  const resting = rest ?? parts;
  return {
    rounds: rounds.length,
    cpuWithoutMsPerSecond: short(without),
    measured: {
      replicas,
      extraMsPerSecondAndReplica: over(({ on, off }) => (sum(on.used) - sum(off.used)) / replicas),
      extraShareOfTheirOwn: over(({ on, off }) => sum(on.used) / sum(off.used) - 1),
      shareOfTimeAndReplicasSampled: short(sum(sampled.map(({ share }) => share)) / sampled.length),
      samplersStartedOrStopped: sum(sampled.map(({ turns }) => turns)),
    },
    ...(parts === undefined || resting === undefined
      ? {}
      : {
          parts: {
            collectingMsPerSecond: tidy(derived(parts, ({ collecting }) => collecting)),
            startAndStopMs: tidy(derived(parts, ({ change }) => change)),
            restingMsPerSecond: tidy(derived(resting, (one) => one.resting)),
          },
          model: modelOf(joined(parts, resting), without, real),
        }),
  };
}

function modelOf(parts: FitEstimate, without: number, real: Rotation): object {
  return {
    ...real,
    extraMsPerSecondAndReplica: tidy(derived(parts, (one) => costOf(one, real))),
    extraShareOfTheirOwn: tidy(derived(parts, (one) => costOf(one, real) / without)),
  };
}

/** What is bought. */
export function coverageOf(real: Rotation): object {
  return {
    ...real,
    shareOfTimeAndReplicas: 1 / real.replicas,
    chanceToSeeASlowSpan: [1, 10, 60, 600].map((perHour) => ({
      slowSpansPerHour: perHour,
      withinAnHour: short(seen(perHour, 1, real)),
      withinADay: short(seen(perHour, 24, real)),
    })),
    chanceThatAGivenReplicaWasSampled: {
      withinAnHour: short(visited(1, real)),
      withinADay: short(visited(24, real)),
    },
  };
}

/** Each replica with the agent against the mean of those without it in the same round. */
function observe({ generation, on, off }: Round): Observation[] {
  const base = sum(off.used) / off.used.length;
  return on.used.map((used, i) => ({
    process: `${generation}/${i}`,
    collecting: on.collecting[i]?.share ?? 0,
    changes: (on.collecting[i]?.turns ?? 0) / 2 / on.seconds,
    extra: used - base,
  }));
}

function joined(parts: FitEstimate, rest: FitEstimate): FitEstimate {
  const one = (own: Fit, other: Fit): Fit => ({ ...own, resting: other.resting });
  return {
    best: one(parts.best, rest.best),
    resampled: parts.resampled.map((own, i) => one(own, rest.resampled[i % rest.resampled.length] as Fit)),
  };
}

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
const short = (value: number): number => Number(value.toPrecision(3));
const tidy = ({ value, low, high }: Estimate): Estimate => ({
  value: short(value),
  low: short(low),
  high: short(high),
});
