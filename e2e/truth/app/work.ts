// Functions that use the processor until a given instant. Each is named, so that a profile can be held against the log.
import { createHash, pbkdf2Sync } from "node:crypto";
import { now } from "./clock.ts";

export type Work = (end: number) => unknown;

/**
 * The only place that calls such a function: a call that has seen few targets has them inlined, and what is inlined has no
 * frame of its own in a profile.
 */
export function run(fn: Work, end: number): void {
  fn(end);
}

const orders = JSON.stringify(
  Array.from({ length: 40 }, (_, id) => ({
    id,
    sku: `sku-${id * 7919}`,
    price: id * 1.25,
    tags: ["a", "b"],
  })),
);
export function parseOrders(end: number): unknown {
  let last: unknown;
  while (now() < end) last = JSON.parse(orders);
  return last;
}

const paths = Array.from({ length: 50 }, (_, i) => `/v${i % 3}/shops/${i}/carts/${i * i}/lines?page=${i}`);
const route = /^\/v(\d+)\/shops\/(\d+)\/carts\/(\d+)(?:\/(lines|total))?(?:\?(.*))?$/;
export function matchRoutes(end: number): unknown {
  let matched = 0;
  while (now() < end) for (const path of paths) if (route.test(path)) matched++;
  return matched;
}

const payload = Buffer.alloc(16_384, 7);
export function hashPayload(end: number): unknown {
  let digest = "";
  while (now() < end) digest = createHash("sha256").update(payload).digest("hex");
  return digest;
}

export function sumPrices(end: number): unknown {
  let sum = 0;
  while (now() < end) for (let i = 0; i < 5000; i++) sum += Math.sqrt(i) * 1.19;
  return sum;
}

export function sortProducts(end: number): unknown {
  const keys = Float64Array.from({ length: 500 }, (_, i) => (i * 7919) % 503);
  let first = 0;
  while (now() < end) first = Array.from(keys).sort((a, b) => a - b)[0] as number;
  return first;
}

/** Short calls: one that ran past the end would be logged all the same, but the plan would drift. */
export function deriveKey(end: number): unknown {
  let key = Buffer.alloc(0);
  while (now() < end) key = pbkdf2Sync("password", "salt", 1500, 32, "sha256");
  return key;
}

interface Row {
  readonly name: string;
  readonly below: readonly Row[];
}
/** Objects that live long enough to be moved about: scavenges and mark-compacts. */
export function buildIndex(end: number): unknown {
  let index: Row[] = [];
  for (let i = 0; now() < end; i++) {
    const below = Array.from({ length: 20 }, (_, j) => ({ name: `row ${i}.${j}`, below: [] }));
    index.push({ name: `node ${i}`, below });
    if (index.length > 25_000) index = index.slice(20_000);
  }
  return index.length;
}

const rows = Array.from({ length: 100 }, (_, id) => ({ id, total: id * 3, name: `row ${id}` }));
/**
 * Not by adding strings up: a tick in a builtin without a frame of its own (V8's StringAdd) loses the frame of the function
 * that called it, so a profile gives the time to that one's caller.
 */
export function exportReport(end: number): unknown {
  let text = "";
  while (now() < end) text = JSON.stringify(rows);
  return text.length;
}

export function scoreReviews(end: number): unknown {
  let score = 0;
  while (now() < end) for (let i = 1; i < 3000; i++) score += Math.log(i);
  return score;
}

export function refreshCache(end: number): unknown {
  const cache = new Map<number, number>();
  while (now() < end) for (let i = 0; i < 1000; i++) cache.set(i, i ^ cache.size);
  return cache.size;
}

/** What a request's own code does; `deriveKey` and `buildIndex` have scenarios of their own. */
export const OWN_WORK: readonly Work[] = [parseOrders, matchRoutes, hashPayload, sumPrices, sortProducts];
