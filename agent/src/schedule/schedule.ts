import { inCleanContext } from "../clean.ts";
import type { AgentConfig } from "../config.ts";
import { debug, describe, warnOnce } from "../log.ts";
import type { Asked } from "./ask.ts";
import { ask } from "./ask.ts";
import { hashTurn } from "./hash-rule.ts";
import { firstPlan, type Plan, samePlan } from "./plan.ts";

export interface ScheduleOptions {
  readonly config: AgentConfig;
  readonly instance: string;
  /** Known once the resource is; asked each time. */
  readonly facts: () => { readonly service: string; readonly version: string };
  /** Called when the plan has changed. */
  readonly apply: (plan: Plan) => void;
  readonly ask?: (url: URL) => Promise<Asked>;
  /** Unix milliseconds. */
  readonly now?: () => number;
  readonly random?: () => number;
}

interface Lease {
  readonly plan: Plan;
  readonly until: number;
}

const POLL_MILLIS = 15_000;
const FIRST_POLL_MILLIS = 1000;
const RETRY_MILLIS = 1000;
/** So many failures in a row, and nobody can be asked: the hash decides. */
const OUT_OF_REACH = 3;
/** Where there was no schedule it may come with an update. */
const ABSENT_MILLIS = 600_000;
const SOONEST_MILLIS = 100;
/** Behind the end of a lease all its replicas ask at once: they are spread over this. */
const SPREAD_MILLIS = 2000;
const NAME_LENGTH = 200;

/**
 * Decides when this thread is sampled: asks the correlator now and then, keeps what it was granted to the end, and helps itself
 * when nobody answers. One timer, which never keeps the process alive; between two questions nothing else is there.
 */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #now: () => number;
  readonly #random: () => number;
  #plan: Plan;
  #lease: Lease | undefined;
  /** By signal, until then. */
  #demandUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #demandTimer: NodeJS.Timeout | undefined;
  #pollMillis = POLL_MILLIS;
  #failures = 0;
  #absent = false;
  #over = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#plan = firstPlan(options.config);
  }

  start(): void {
    const { config } = this.#options;
    if (!this.#askable()) {
      if (config.mode === "on-demand")
        warnOnce(
          "HOTSPAN_AGENT_SCHEDULE_ABSENT",
          "on demand, and nobody to ask: set HOTSPAN_ENDPOINT to the correlator, or HOTSPAN_SIGNAL=SIGUSR2",
        );
      this.#absent = true;
      this.#settle();
      return;
    }
    // Whoever samples already is in no hurry.
    this.#wait(
      config.mode === "continuous" ? this.#jittered(this.#pollMillis) : this.#random() * FIRST_POLL_MILLIS,
    );
  }

  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#demandTimer);
  }

  /** Collects from now on for a while, whatever others say. */
  demand(millis: number): void {
    if (this.#over) return;
    this.#demandUntil = this.#now() + millis;
    clearTimeout(this.#demandTimer);
    this.#demandTimer = inCleanContext(() => setTimeout(() => this.#decide(), millis + 1).unref());
    this.#decide();
  }

  /** Windows by Kafka or into files: the correlator's doors are where they are said to be, not at a default address. */
  #askable(): boolean {
    const { kafkaBrokers, files, endpointGiven } = this.#options.config;
    return (kafkaBrokers.length === 0 && files === undefined) || endpointGiven;
  }

  async #poll(): Promise<void> {
    try {
      const asked = await (this.#options.ask ?? this.#ask)(this.#url());
      if (!this.#over) this.#take(asked);
    } catch (error) {
      debug("asking for the schedule", error);
      if (!this.#over) this.#take({ kind: "failed", reason: describe(error) });
    }
  }

  #say({ reason }: Exclude<Asked, { kind: "answer" }>): void {
    const { config } = this.#options;
    const { origin } = this.#url();
    if (config.mode === "amortised")
      warnOnce(
        "HOTSPAN_AGENT_SCHEDULE_UNREACHABLE",
        `no schedule from ${origin} (${reason}): a hash decides instead, as if there were ${config.replicas} replicas (HOTSPAN_REPLICAS)`,
      );
    else if (config.mode === "on-demand")
      warnOnce(
        "HOTSPAN_AGENT_SCHEDULE_UNREACHABLE",
        `no schedule from ${origin} (${reason}): no profile can be asked for until it answers`,
      );
  }

  #url(): URL {
    const { config, instance, facts } = this.#options;
    const { service, version } = facts();
    const url = new URL(`${config.endpoint}/v1/agent/schedule`);
    url.searchParams.set("service", service.slice(0, NAME_LENGTH));
    if (version !== "") url.searchParams.set("version", version.slice(0, NAME_LENGTH));
    url.searchParams.set("instance", instance);
    url.searchParams.set("mode", config.mode);
    return url;
  }

  #jittered(millis: number): number {
    return millis * (0.8 + 0.4 * this.#random());
  }

  readonly #ask = (url: URL): Promise<Asked> => ask(url, this.#options.config.token, this.#options.config);

  #take(asked: Asked): void {
    const { config } = this.#options;
    if (asked.kind === "answer") {
      const { collect, mode, hz, windowMillis, leaseMillis, pollMillis } = asked.answer;
      this.#failures = 0;
      this.#absent = false;
      this.#pollMillis = pollMillis;
      const plan = {
        collect,
        mode,
        hz: hz ?? config.hz,
        windowMillis: windowMillis ?? config.windowMillis,
      };
      const held = this.#held();
      // A lease lasts to its end, also one the hash gave while nobody answered; a profile on demand comes first.
      if (held?.plan.mode !== "amortised" || !held.plan.collect || mode === "on_demand")
        this.#lease = { plan, until: this.#now() + leaseMillis };
      this.#settle();
      return;
    }
    this.#failures++;
    debug(`no schedule (${this.#failures})`, asked.reason);
    this.#absent = asked.kind === "absent";
    if (this.#absent && config.mode === "continuous") return;
    if (this.#absent || this.#failures === OUT_OF_REACH) this.#say(asked);
    this.#settle();
  }

  #settle(): void {
    this.#decide();
    const untilEnd = Math.max(SOONEST_MILLIS, (this.#held()?.until ?? Infinity) - this.#now());
    if (!this.#askable()) {
      if (untilEnd < Infinity) this.#wait(untilEnd + SOONEST_MILLIS);
      return;
    }
    const soon = this.#failures > 0 && this.#failures < OUT_OF_REACH && !this.#absent;
    const next = soon
      ? RETRY_MILLIS * this.#failures
      : this.#jittered(this.#absent ? ABSENT_MILLIS : this.#pollMillis);
    this.#wait(Math.min(next, untilEnd + this.#random() * Math.min(SPREAD_MILLIS, this.#pollMillis / 4)));
  }

  #wait(millis: number): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    const wake = (): void => {
      if (this.#askable()) void this.#poll();
      else this.#settle();
    };
    this.#timer = inCleanContext(() => setTimeout(wake, millis).unref());
  }

  #decide(): void {
    if (this.#over) return;
    try {
      const plan = this.#wanted();
      if (samePlan(plan, this.#plan)) return;
      this.#plan = plan;
      debug(plan.collect ? `collecting (${plan.mode}) at ${plan.hz} Hz` : "paused");
      this.#options.apply(plan);
    } catch (error) {
      warnOnce("HOTSPAN_AGENT_INTERNAL", `the schedule failed: ${describe(error)}`, "schedule");
    }
  }

  #wanted(): Plan {
    const { config, instance } = this.#options;
    const first = firstPlan(config);
    const held = this.#held();
    if (this.#now() < this.#demandUntil) {
      // Who is at work already gains nothing by a second start of the sampler.
      if (held?.plan.collect === true) return held.plan;
      return first.collect ? first : { ...first, collect: true, mode: "on_demand" };
    }
    if (held !== undefined) return held.plan;
    if (!this.#absent && this.#failures < OUT_OF_REACH)
      return this.#failures > 0 ? this.#lastOr(first) : first;
    if (config.mode !== "amortised") return first;
    const now = this.#now();
    const turn = hashTurn(instance, now, config.replicas);
    this.#lease = { plan: { ...first, collect: turn.collect }, until: turn.until };
    return this.#lease.plan;
  }

  /** A lease has ended and the next question failed once or twice: as before, unless it was for a while only. */
  #lastOr(first: Plan): Plan {
    return this.#plan.mode === first.mode ? this.#plan : first;
  }

  #held(): Lease | undefined {
    return this.#lease !== undefined && this.#now() < this.#lease.until ? this.#lease : undefined;
  }
}
