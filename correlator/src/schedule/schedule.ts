import { type Caller, Instances } from "./instances.ts";
import { type ProfileRequest, type ProfileWish, type RequestState, Requests, stateOf } from "./requests.ts";

export interface ScheduleOptions {
  /** Default 10 min: starting V8's sampler stalls a process for up to 0.45 s, so not often. */
  readonly leaseMs?: number | undefined;
  /** Part of a version's replicas that collect at any time, 0 to 1; at least one. Default 0. */
  readonly share?: number | undefined;
  /** How often agents ask. Default 15 s. */
  readonly pollMs?: number | undefined;
}

/** `GET /v1/agent/schedule`. */
export interface ScheduleAnswer {
  readonly state: "collect" | "pause";
  readonly mode: "continuous" | "amortised" | "on_demand";
  /** 0: as the agent is configured. */
  readonly periodNano: number;
  /** 0: as the agent is configured. */
  readonly windowMs: number;
  readonly leaseUntilUnixNano: string;
  /** Clocks differ: the lease lasts for the difference. */
  readonly nowUnixNano: string;
  readonly pollMs: number;
}

export interface ProfileAnswer {
  readonly profileId: string;
  readonly service: string;
  readonly version: string | null;
  readonly instance: string | null;
  readonly seconds: number;
  readonly hz: number;
  readonly state: RequestState;
  /** Those that take it up when they ask next, or have done so. */
  readonly agents: number;
  readonly pollMs: number;
  readonly pickUpUntilUnixNano: string;
  readonly instances: readonly {
    readonly instance: string;
    readonly version: string;
    readonly untilUnixNano: string;
  }[];
  /** Services whose agents ask here. */
  readonly services: readonly string[];
}

const ON_DEMAND_WINDOW_MS = 5000;
const SERVICES_NAMED = 50;
/** An instance whose answer was lost asks again; after so many intervals without it is gone. */
const SILENT_POLLS = 4;

/** Who collects when. In memory: what is lost with the process comes back with the agents' next questions. */
export class Schedule {
  readonly #instances: Instances;
  readonly #requests: Requests;
  readonly #pollMs: number;
  readonly #now: () => number;

  constructor(
    { leaseMs = 600_000, share = 0, pollMs = 15_000 }: ScheduleOptions = {},
    now: () => number = Date.now,
  ) {
    this.#pollMs = pollMs;
    this.#now = now;
    this.#instances = new Instances({ leaseMs, share, expiryMs: SILENT_POLLS * pollMs });
    this.#requests = new Requests(SILENT_POLLS * pollMs);
  }

  answer(caller: Caller): ScheduleAnswer {
    const now = this.#now();
    this.#instances.heard(caller, now);
    const demand = this.#requests.demand(caller, now);
    const common = { nowUnixNano: nanos(now), pollMs: this.#pollMs };
    if (demand !== undefined)
      return {
        ...common,
        state: "collect",
        mode: "on_demand",
        periodNano: Math.round(1e9 / demand.hz),
        windowMs: ON_DEMAND_WINDOW_MS,
        leaseUntilUnixNano: nanos(demand.untilMs),
      };
    const turn = this.#instances.turn(caller.instance, now);
    const collect = caller.mode === "continuous" || (caller.mode === "amortised" && turn.collect);
    return {
      ...common,
      state: collect ? "collect" : "pause",
      mode: caller.mode === "on-demand" ? "on_demand" : caller.mode,
      periodNano: 0,
      windowMs: 0,
      leaseUntilUnixNano: nanos(turn.untilMs),
    };
  }

  /** Undefined if too many requests are open. */
  request(wish: ProfileWish): ProfileAnswer | undefined {
    const request = this.#requests.add(wish, this.#now());
    return request === undefined ? undefined : this.#tell(request);
  }

  progress(profileId: string): ProfileAnswer | undefined {
    const request = this.#requests.get(profileId);
    return request === undefined ? undefined : this.#tell(request);
  }

  #tell(request: ProfileRequest): ProfileAnswer {
    const now = this.#now();
    const { profileId, service, version, instance, seconds, hz, taken, pickUpUntilMs } = request;
    const agents = new Set(taken.keys());
    for (const found of this.#instances.matching(request, now)) agents.add(found.instance);
    return {
      profileId,
      service,
      version: version ?? null,
      instance: instance ?? null,
      seconds,
      hz,
      state: stateOf(request, now),
      agents: agents.size,
      pollMs: this.#pollMs,
      pickUpUntilUnixNano: nanos(pickUpUntilMs),
      instances: [...taken].map(([id, one]) => ({
        instance: id,
        version: one.version,
        untilUnixNano: nanos(one.untilMs),
      })),
      services: this.#instances.services(now, SERVICES_NAMED),
    };
  }
}

const nanos = (millis: number): string => String(BigInt(Math.round(millis)) * 1_000_000n);
