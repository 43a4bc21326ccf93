import { isLoopback } from "@hotspan/access";
import rateLimit from "@fastify/rate-limit";
import { availableParallelism } from "node:os";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { api, apiBase } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { parseRange } from "../params/time.ts";
import { Gate } from "./gate.ts";

/** How much one sender may ask for, and all of them at once. 0: any. */
export interface Limits {
  /** Requests to the API a minute, of a token of the tokens file, else of an address. */
  readonly perMinute: number;
  /** Of these, such that read much: SQL, root cause, compare, regressions. */
  readonly heavyPerMinute: number;
  /** Heavy requests that run at once, of everybody; others wait. */
  readonly heavyAtOnce: number;
  /** Searches and heatmaps that run at once, of everybody: each may group millions of traces. Others wait. */
  readonly searchesAtOnce: number;
}

const PUBLIC = { perMinute: 1200, heavyPerMinute: 120 };
const HEAVY_AT_ONCE = 8;
/** As many as there are processors where the store is on this machine: beside more of them small questions wait for seconds. */
const SEARCHES_AT_ONCE = Math.max(2, availableParallelism());
const WAITING = 64;
const WAIT_MS = 15_000;
/** Who tries tokens is told so, and no longer which of them are wrong. */
const FAILURES_PER_MINUTE = 60;

/** A laptop limits nobody: there is one person. */
export function limitsOf(
  host: string,
  given: { readonly [K in keyof Limits]?: number | undefined } = {},
): Limits {
  const usual = isLoopback(host) ? { perMinute: 0, heavyPerMinute: 0 } : PUBLIC;
  return {
    perMinute: given.perMinute ?? usual.perMinute,
    heavyPerMinute: given.heavyPerMinute ?? usual.heavyPerMinute,
    heavyAtOnce: given.heavyAtOnce ?? HEAVY_AT_ONCE,
    searchesAtOnce: given.searchesAtOnce ?? SEARCHES_AT_ONCE,
  };
}

const heavy = [api.sql, api.rootCause, api.compare, api.regressions];
const searches = [api.traces, api.heatmap];

const isOne = (of: readonly { readonly url: string }[], { routeOptions }: FastifyRequest): boolean =>
  of.some(({ url }) => routeOptions.url?.endsWith(apiBase + url) === true);

export interface Limiter {
  /** Counts a request of `sender`. Throws 429. */
  count(request: FastifyRequest, reply: FastifyReply, sender: string): Promise<void>;
  /** Counts a request without a good token. Throws 429. */
  countFailure(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** Counters in memory, of this process. */
export async function createLimiter(app: FastifyInstance, limits: Limits): Promise<Limiter> {
  await app.register(rateLimit, { global: false });
  const senders = new WeakMap<FastifyRequest, string>();
  const counter = (max: number, what: string) => {
    const check = app.createRateLimit({
      max,
      timeWindow: 60_000,
      keyGenerator: (request) => senders.get(request) ?? request.ip,
    });
    return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const found = await check(request);
      if (found.isAllowed) return;
      reply.header("ratelimit-limit", max).header("ratelimit-remaining", Math.max(0, found.remaining));
      if (!found.isExceeded) return;
      throw new ApiError("rate_limited", `More than ${max} ${what} a minute.`, {
        retryAfterSeconds: Math.max(1, found.ttlInSeconds),
      });
    };
  };
  const all = limits.perMinute === 0 ? undefined : counter(limits.perMinute, "requests");
  const some = limits.heavyPerMinute === 0 ? undefined : counter(limits.heavyPerMinute, "heavy requests");
  const failures = counter(FAILURES_PER_MINUTE, "requests without a good token");
  return {
    async count(request, reply, sender) {
      senders.set(request, sender);
      await all?.(request, reply);
      if (isOne(heavy, request)) await some?.(request, reply);
    },
    countFailure: failures,
  };
}

/** By which a search over an hour does not stand in line behind those over a day. What is no range is refused later. */
function rangeMs(query: unknown): number {
  const { from, to } = query as { readonly from?: string; readonly to?: string };
  try {
    const range = parseRange({ from, to }, Date.now(), Number.MAX_SAFE_INTEGER);
    return Number((range.to - range.from) / 1_000_000n);
  } catch {
    return 0;
  }
}

/** Heavy requests and searches wait for a place, each among their own, and give it back once their answer is known. */
export function gateRequests(app: FastifyInstance, { heavyAtOnce, searchesAtOnce }: Limits): void {
  const gates = [
    { of: heavy, places: heavyAtOnce, what: "heavy queries", sizeOf: () => 0 },
    { of: searches, places: searchesAtOnce, what: "searches", sizeOf: rangeMs },
  ]
    .filter(({ places }) => places > 0)
    .map((one) => ({ ...one, gate: new Gate(one.places, WAITING) }));
  const places = new WeakMap<FastifyRequest, () => void>();
  app.addHook("preHandler", async (request, reply) => {
    const found = gates.find(({ of }) => isOne(of, request));
    if (found === undefined) return;
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const leave = await found.gate.enter(
      AbortSignal.any([gone.signal, AbortSignal.timeout(WAIT_MS)]),
      found.sizeOf(request.query),
    );
    if (leave === undefined)
      throw new ApiError("rate_limited", `Too many ${found.what} run, and too many wait for them.`, {
        retryAfterSeconds: 5,
      });
    places.set(request, leave);
    reply.raw.once("close", leave);
  });
  // Not when it is read to its end: who reads slowly holds up nobody. But events are sent while the query runs.
  app.addHook("onSend", async (request, reply) => {
    if (reply.getHeader("content-type") !== "text/event-stream") places.get(request)?.();
  });
}
