/** How a thread is sampled; the settings say how it begins. */
export interface Plan {
  readonly on: boolean;
  readonly hz: number;
  readonly windowMillis: number;
  readonly journal: boolean;
}

/** Which limit was passed. */
export type Excess = "cpu" | "stall";

/** A round rate falls into step with the application's timers: at 10 a second a job of every 20 ms was seen always or never. */
const LEAST_HZ = 11;
const LONGEST_WINDOW_MILLIS = 30_000;

/**
 * The next cheaper plan. The rate first: the sampler's thread and its signals are most of the cost, and a profile at a
 * lower rate still shows everything. It goes down once and as far as it must, to fit `ratio` of measured to allowed: each
 * change starts V8's sampler anew, which holds the loop as its first start did. Longer windows save what a window costs
 * beside its samples, but each holds the loop for longer: no remedy against stalls. Then the journal, last everything.
 */
export function cheaper(plan: Plan, given: Plan, excess: Excess, ratio: number): Plan {
  if (plan.hz === given.hz && plan.hz > LEAST_HZ) {
    let hz = Math.min(Math.floor((plan.hz * 0.8) / ratio), Math.round(plan.hz / 2));
    if (hz % 10 === 0 || 1000 % hz === 0) hz--;
    return { ...plan, hz: Math.max(LEAST_HZ, hz) };
  }
  if (
    excess === "cpu" &&
    plan.windowMillis === given.windowMillis &&
    plan.windowMillis < LONGEST_WINDOW_MILLIS
  )
    return { ...plan, windowMillis: Math.min(LONGEST_WINDOW_MILLIS, plan.windowMillis * 3) };
  if (plan.journal) return { ...plan, journal: false };
  return { ...plan, on: false };
}

/** What became different, for people. */
export function difference(from: Plan, to: Plan): string {
  if (!to.on) return "sampling stopped";
  const parts = [];
  if (from.hz !== to.hz) parts.push(`${from.hz} → ${to.hz} samples per second`);
  if (from.windowMillis !== to.windowMillis)
    parts.push(`windows of ${from.windowMillis / 1000} → ${to.windowMillis / 1000} s`);
  if (from.journal !== to.journal) parts.push(`journal ${to.journal ? "on" : "off"}`);
  return parts.join(", ");
}
