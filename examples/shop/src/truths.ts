// What each planted cause does, for tests that check whether Hotspan finds it. README.md says the same in words.
import type { Cause } from "./shared/config.ts";

export interface Truth {
  readonly cause: Cause;
  /** Of the server span that is slow. */
  readonly service: string;
  readonly endpoint: string;
  /** Where the time goes; absent where no function is to blame. */
  readonly function?: string;
  /** Functions of the same file to which it hands its work: whoever names one of them is as right. */
  readonly within?: readonly string[];
  /** Service that answers what is waited for, where that is what the span waits for. */
  readonly awaits?: string;
  /** The function's service and endpoint, where they are not those of the slow span. */
  readonly by?: { readonly service: string; readonly endpoint: string };
  /** Name of the span it runs in, where that is no request's. */
  readonly span?: string;
  /** Share of the endpoint's requests that are hit; absent where it depends on who meets whom. */
  readonly share?: number;
  /** The releases that differ in it. */
  readonly versions?: { readonly slow: string; readonly baseline: string };
  /** Class of the ledger that takes most of the excess; absent where a span must not be slow. */
  readonly class?:
    | "cpu.self"
    | "blocked.sync"
    | "gc"
    | "loop.held"
    | "wait.child"
    | "wait.pool"
    | "wait.other"
    | "stalled";
  /** What a hit request takes longer than others of its endpoint, ms, on the machine of README.md. */
  readonly excessMs: readonly [least: number, most: number];
}

const exported = { service: "checkout", endpoint: "POST /export" };

export const truths: readonly Truth[] = [
  {
    cause: "large-cart",
    service: "checkout",
    endpoint: "GET /cart/{id}",
    function: "parseCart",
    within: ["reviveDate"],
    share: 0.05,
    class: "cpu.self",
    excessMs: [290, 500],
  },
  {
    cause: "export-hog",
    service: "checkout",
    endpoint: "POST /orders",
    function: "buildCsv",
    within: ["quote", "money"],
    by: exported,
    share: 0.13,
    class: "loop.held",
    excessMs: [120, 220],
  },
  {
    cause: "slow-pricing",
    service: "gateway",
    endpoint: "GET /products/{category}",
    function: "forecastDemand",
    awaits: "pricing",
    by: { service: "pricing", endpoint: "GET /prices/{category}" },
    share: 1 / 7,
    class: "wait.child",
    excessMs: [90, 160],
  },
  {
    cause: "key-derivation",
    service: "accounts",
    endpoint: "POST /login",
    function: "verifyPassword",
    within: ["derive"],
    share: 0.1,
    class: "cpu.self",
    excessMs: [110, 200],
  },
  {
    cause: "gc-pressure",
    service: "accounts",
    endpoint: "GET /recommendations/{id}",
    function: "collectCandidates",
    share: 0.15,
    class: "gc",
    excessMs: [120, 300],
  },
  {
    cause: "n-plus-one",
    service: "checkout",
    endpoint: "GET /wishlist/{id}",
    function: "priceOneByOne",
    awaits: "pricing",
    share: 0.1,
    class: "wait.child",
    excessMs: [130, 400],
  },
  {
    cause: "pool-starvation",
    service: "accounts",
    endpoint: "GET /invoice/{id}",
    by: { service: "accounts", endpoint: "POST /import" },
    class: "wait.pool",
    excessMs: [60, 300],
  },
  {
    cause: "exec-sync",
    service: "accounts",
    endpoint: "GET /forms/{id}",
    function: "packForm",
    share: 0.1,
    class: "blocked.sync",
    excessMs: [100, 250],
  },
  {
    cause: "pool-wait",
    service: "accounts",
    endpoint: "GET /profile/{id}",
    by: { service: "accounts", endpoint: "GET /report/{id}" },
    class: "wait.other",
    excessMs: [180, 210],
  },
  {
    cause: "version-1.1",
    service: "tax",
    endpoint: "POST /tax",
    function: "applyTax",
    share: 0.5,
    versions: { slow: "1.1.0", baseline: "1.0.0" },
    class: "cpu.self",
    excessMs: [30, 110],
  },
  {
    cause: "worker",
    service: "accounts",
    endpoint: "GET /poster/{id}",
    function: "drawPoster",
    within: ["steps"],
    span: "draw poster",
    share: 0.2,
    class: "wait.child",
    excessMs: [110, 200],
  },
  {
    cause: "unequal",
    service: "checkout",
    endpoint: "GET /offers/{id}",
    awaits: "carrier",
    share: 0.2,
    class: "wait.child",
    excessMs: [125, 140],
  },
  { cause: "fire-and-forget", service: "checkout", endpoint: "POST /feedback", share: 1, excessMs: [0, 10] },
  {
    cause: "hog-middle",
    service: "checkout",
    endpoint: "GET /delivery/{id}",
    by: { service: "checkout", endpoint: "POST /stocktake" },
    share: 1,
    excessMs: [0, 10],
  },
  {
    cause: "hog-end",
    service: "checkout",
    endpoint: "GET /pickup/{id}",
    function: "renderLabels",
    within: ["bars"],
    by: { service: "checkout", endpoint: "POST /labels" },
    share: 1,
    class: "loop.held",
    excessMs: [45, 80],
  },
  {
    cause: "stalled",
    service: "warehouse",
    endpoint: "GET /route/{id}",
    share: 0.25,
    class: "stalled",
    excessMs: [60, 180],
  },
];
