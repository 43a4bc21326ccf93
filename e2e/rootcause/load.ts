// How many requests per second an app is given.
import { type Cause, requests, truths } from "@hotspan/example-shop";
import type { AppName } from "./apps.ts";

/** As the examples' READMEs measured them. */
export const RATES: Readonly<Record<AppName, number>> = { shop: 15, library: 15 };
/**
 * Share of its time that planted work may take of one loop. Two causes that fill the same loop would otherwise make
 * requests queue for seconds on a slower machine; then each is slow for what stood before it in the queue, and nothing
 * planted is the cause of anything by itself.
 */
const MOST_BUSY = 0.1;
const DRAWN = 20_000;

/** Classes whose excess is time on the loop of whoever is to blame; a wait for a child with a function is so at the child. */
const ON_LOOP: ReadonlySet<string> = new Set(["cpu.self", "gc", "blocked.sync", "loop.held"]);

/** Requests per second at which the services keep up with what is planted. */
export function rateOf(app: AppName, causes: readonly string[], seed: number): number {
  if (app === "library") return RATES.library;
  const planted = new Set(causes as Cause[]);
  const busySeconds = new Map<string, number>();
  let sent = 0;
  for (const request of requests(seed, planted, planted)) {
    for (const { planted: cause } of [request, ...(request.followedBy ?? []).map((next) => next.request)]) {
      if (cause === undefined || !planted.has(cause)) continue;
      const {
        class: name,
        service,
        by,
        excessMs,
        function: code,
        span,
      } = truths.find((one) => one.cause === cause)!;
      const onLoop =
        name !== undefined &&
        (ON_LOOP.has(name) || (by !== undefined && code !== undefined && span === undefined));
      if (!onLoop) continue;
      const at = by?.service ?? service;
      busySeconds.set(at, (busySeconds.get(at) ?? 0) + (excessMs[0] + excessMs[1]) / 2000);
    }
    if (++sent === DRAWN) break;
  }
  const perRequest = Math.max(0, ...busySeconds.values()) / DRAWN;
  return Math.min(RATES.shop, Math.max(1, Math.floor(MOST_BUSY / perRequest)));
}
