import type { Budget } from "./budget.ts";
import { cheaper, type Excess, type Plan } from "./plan.ts";

/** What one window cost. */
export interface Measure {
  readonly durationMillis: number;
  readonly cpuNanos: number;
  /** The longest it held the loop at a stretch, as far as that was its doing. */
  readonly stallMillis: number;
}

export interface Change {
  readonly from: Plan;
  readonly to: Plan;
  readonly reason: Excess | "recovered";
  /** Over the windows looked at. */
  readonly cpuShare: number;
  readonly stallMillis: number;
}

/** A decision is made over so many windows' time: one slow window is a busy machine, or code that was never run before. */
const WINDOWS = 2.5;
/** Of those, so many must have been too long. */
const STALLS = 2;
/** A step is taken back when it would leave this much of the budget unused. */
const COMFORT = 0.7;
const FIRST_WAIT_MILLIS = 10 * 60_000;
const LONGEST_WAIT_MILLIS = 24 * 3_600_000;

/**
 * Compares what the agent costs with its budget and says how to sample from now on.
 *
 * It takes back one step at a time, and only after ten quiet minutes in which the dearer plan would have fitted: load comes
 * and goes, and a process that runs for weeks should not stay coarse for one bad minute. Each step that has to be repeated
 * doubles the wait, up to a day: a change of the rate holds the loop, so there must be no swinging. Off stays off: nothing
 * is measured any more that could speak for a return.
 */
export class Watchdog {
  readonly #budget: Budget;
  readonly #given: Plan;
  #plan: Plan;
  /** The plans before the current one. */
  readonly #above: Plan[] = [];
  #wait = FIRST_WAIT_MILLIS;
  #recovered = false;
  #calmMillis = 0;
  #millis = 0;
  #cpuNanos = 0;
  #stalls = 0;
  #longest = 0;
  /** Not looked at: code that runs for the first time, a sampler that was just started. */
  #skipMillis: number;

  constructor(budget: Budget, plan: Plan) {
    this.#budget = budget;
    this.#given = this.#plan = plan;
    this.#skipMillis = 0.9 * plan.windowMillis;
  }

  get plan(): Plan {
    return this.#plan;
  }

  /** A window was taken and encoded. The caller puts the change into force. */
  window({ durationMillis, cpuNanos, stallMillis }: Measure): Change | undefined {
    if (!this.#plan.on) return undefined;
    if (this.#skipMillis > 0) {
      this.#skipMillis -= durationMillis;
      return undefined;
    }
    this.#millis += durationMillis;
    this.#cpuNanos += cpuNanos;
    this.#longest = Math.max(this.#longest, stallMillis);
    if (stallMillis > this.#budget.stallMillis) this.#stalls++;
    if (this.#millis < WINDOWS * this.#plan.windowMillis) return undefined;
    const millis = this.#millis;
    const cpuShare = this.#cpuNanos / 1e6 / millis;
    const longest = this.#longest;
    const stalled = this.#stalls >= STALLS;
    this.#millis = this.#cpuNanos = this.#stalls = this.#longest = 0;
    if (cpuShare > this.#budget.cpuShare)
      return this.#backOff("cpu", cpuShare / this.#budget.cpuShare, cpuShare, longest);
    if (stalled) return this.#backOff("stall", longest / this.#budget.stallMillis, cpuShare, longest);
    return this.#calm(millis, cpuShare, longest);
  }

  #backOff(reason: Excess, ratio: number, cpuShare: number, stallMillis: number): Change {
    const from = this.#plan;
    this.#above.push(from);
    this.#plan = cheaper(from, this.#given, reason, ratio);
    if (this.#recovered) this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MILLIS);
    this.#recovered = false;
    this.#settle(from);
    return { from, to: this.#plan, reason, cpuShare, stallMillis };
  }

  #calm(millis: number, cpuShare: number, stallMillis: number): Change | undefined {
    const above = this.#above.at(-1);
    if (above === undefined) return undefined;
    // What goes with the number of samples grows with the rate; a step that left it alone may give anything back.
    const growth = above.hz / this.#plan.hz;
    const fits =
      cpuShare * growth <= COMFORT * this.#budget.cpuShare &&
      stallMillis * growth <= COMFORT * this.#budget.stallMillis;
    this.#calmMillis = fits ? this.#calmMillis + millis : 0;
    if (this.#calmMillis < this.#wait) return undefined;
    const from = this.#plan;
    this.#above.pop();
    this.#plan = above;
    this.#recovered = true;
    this.#settle(from);
    return { from, to: this.#plan, reason: "recovered", cpuShare, stallMillis };
  }

  #settle(from: Plan): void {
    this.#calmMillis = 0;
    if (from.hz !== this.#plan.hz) this.#skipMillis = 0.9 * this.#plan.windowMillis;
  }
}
