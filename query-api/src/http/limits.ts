import { isLoopback } from "@hotspan/access";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { api, apiBase } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { Gate } from "./gate.ts";

/** How much one sender may ask for, and all of them at once. 0: any. */
export interface Limits {
  /** Requests to the API a minute, of a token of the tokens file, else of an address. */
  readonly perMinute: number;
  /** Of these, such that read much: SQL, root cause, compare, regressions. */
  readonly heavyPerMinute: number;
  /** Heavy requests that run at once, of everybody; others wait. */
  readonly heavyAtOnce: number;
}

const PUBLIC = { perMinute: 1200, heavyPerMinute: 120 };
const HEAVY_AT_ONCE = 8;
const HEAVY_WAITING = 64;
const HEAVY_WAIT_MS = 15_000;
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
  };
}

const heavy: ReadonlySet<string> = new Set(
  [api.sql, api.rootCause, api.compare, api.regressions].map(({ url }) => apiBase + url),
);

const isHeavy = (request: FastifyRequest): boolean =>
  [...heavy].some((url) => request.routeOptions.url?.endsWith(url) === true);

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
      if (isHeavy(request)) await some?.(request, reply);
    },
    countFailure: failures,
  };
}

/** Heavy requests wait for a place, and give it back once their answer is known. */
export function gateHeavy(app: FastifyInstance, { heavyAtOnce }: Limits): void {
  if (heavyAtOnce === 0) return;
  const gate = new Gate(heavyAtOnce, HEAVY_WAITING);
  const places = new WeakMap<FastifyRequest, () => void>();
  app.addHook("preHandler", async (request, reply) => {
    if (!isHeavy(request)) return;
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const leave = await gate.enter(AbortSignal.any([gone.signal, AbortSignal.timeout(HEAVY_WAIT_MS)]));
    if (leave === undefined)
      throw new ApiError("rate_limited", "Too many heavy queries run, and too many wait for them.", {
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
