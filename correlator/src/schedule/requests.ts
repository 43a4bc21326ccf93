import { randomUUID } from "node:crypto";
import type { Caller, InstanceFilter } from "./instances.ts";
import { matches } from "./instances.ts";

/** What somebody wants to have profiled now. */
export interface ProfileWish extends InstanceFilter {
  readonly seconds: number;
  readonly hz: number;
}

/** Until when an instance collects, and how densely. */
export interface Demand {
  readonly hz: number;
  readonly untilMs: number;
}

export interface ProfileRequest extends ProfileWish {
  readonly profileId: string;
  /** Until then instances that ask take it up. */
  readonly pickUpUntilMs: number;
  readonly taken: ReadonlyMap<string, { readonly version: string; readonly untilMs: number }>;
}

export type RequestState = "waiting" | "collecting" | "done";

interface Open extends ProfileRequest {
  readonly taken: Map<string, { version: string; untilMs: number }>;
}

/** Instances that take up one request at most: a dense profile of a whole fleet is a mistake. */
const MAX_TAKERS = 100;
/** Requests that are remembered, done ones too: whoever made one may still ask what became of it. */
const MAX_REQUESTS = 200;
/** Open at once. */
const MAX_OPEN = 50;

/** Profiles on demand. Each instance that fits takes a request up when it asks next, and collects for `seconds` from then. */
export class Requests {
  readonly #pickUpMs: number;
  readonly #requests = new Map<string, Open>();

  constructor(pickUpMs: number) {
    this.#pickUpMs = pickUpMs;
  }

  /** Undefined if too many are open. */
  add(wish: ProfileWish, nowMs: number): ProfileRequest | undefined {
    let open = 0;
    for (const request of this.#requests.values()) if (stateOf(request, nowMs) !== "done") open++;
    if (open >= MAX_OPEN) return undefined;
    const request: Open = {
      ...wish,
      profileId: randomUUID(),
      pickUpUntilMs: nowMs + this.#pickUpMs,
      taken: new Map(),
    };
    this.#requests.set(request.profileId, request);
    for (const [id, old] of this.#requests) {
      if (this.#requests.size <= MAX_REQUESTS) break;
      if (stateOf(old, nowMs) === "done") this.#requests.delete(id);
    }
    return request;
  }

  get(profileId: string): ProfileRequest | undefined {
    return this.#requests.get(profileId);
  }

  /** What the caller has to collect, if anything; of several the densest, as long as the longest. */
  demand(caller: Caller, nowMs: number): Demand | undefined {
    let hz = 0;
    let untilMs = nowMs;
    for (const request of this.#requests.values()) {
      if (!matches(caller, request)) continue;
      let taken = request.taken.get(caller.instance);
      if (taken === undefined && nowMs < request.pickUpUntilMs && request.taken.size < MAX_TAKERS) {
        taken = { version: caller.version, untilMs: nowMs + request.seconds * 1000 };
        request.taken.set(caller.instance, taken);
      }
      if (taken === undefined || taken.untilMs <= nowMs) continue;
      hz = Math.max(hz, request.hz);
      untilMs = Math.max(untilMs, taken.untilMs);
    }
    return hz === 0 ? undefined : { hz, untilMs };
  }
}

export function stateOf({ taken, pickUpUntilMs }: ProfileRequest, nowMs: number): RequestState {
  let until = 0;
  for (const { untilMs } of taken.values()) until = Math.max(until, untilMs);
  if (nowMs < until) return "collecting";
  // One that was taken up and is over is done: later instances may still join, but nobody waits for them.
  return taken.size === 0 && nowMs < pickUpUntilMs ? "waiting" : "done";
}
