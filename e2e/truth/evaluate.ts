// Holds the ledger of each span against its truth.
import {
  buildTimeline,
  estimateSkew,
  type Ledger,
  type LedgerContext,
  type LedgerEvent,
  type LedgerSpan,
  type LedgerWindow,
  spanLedger,
  type Timeline,
} from "@hotspan/ledger";
import { ledgerEvents, ledgerWindow, type Stacks } from "@hotspan/ledger/testing";
import { decodeWindow } from "@hotspan/wire";
import { Random } from "./app/random.ts";
import type { Corpus } from "./corpus.ts";
import { withoutTicks } from "./degrade.ts";
import { skewed } from "./skew.ts";
import type { Truth } from "./truth.ts";

/** What is done to a corpus before the ledger sees it. */
export interface Variation {
  /** Share of all ticks that is lost, at random. */
  readonly lost?: number;
  /** What the remote service's wall clock is ahead of the program's. */
  readonly skewMillis?: number;
  /** The two services are taken for two hosts: how far their clocks are apart is estimated, from the calls of all or of one. */
  readonly clocksFrom?: "all traces" | "the trace";
}

/** One class of one span, as shares of the span's duration. */
export interface Pair {
  readonly class: string;
  readonly truth: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** What the truth itself may be wrong by. */
  readonly own: number;
}

export interface SpanResult {
  readonly truth: Truth;
  readonly ledger: Ledger;
  /** Classes with at least a point on either side. */
  readonly pairs: readonly Pair[];
  /** Per endpoint and function, likewise. */
  readonly blame: readonly Pair[];
}

/** Clock readings, and timers that know whole milliseconds. */
const TRUTH_NANO = 1e6;
const SAME_CLOCK = { offset: 0, low: 0, high: 0, pairs: 0 };
/** Below this neither side says anything about a class. */
const LEAST_SHARE = 0.01;

export function evaluate(corpus: Corpus, variation: Variation = {}, seed = 1): SpanResult[] {
  const sent = skewed(corpus, "truth-remote", variation.skewMillis ?? 0);
  const random = new Random(seed);
  const stacks: Stacks = new Map();
  const threads = new Map<string, { windows: LedgerWindow[]; events: LedgerEvent[] }>();
  for (const bytes of sent.windows) {
    const window = withoutTicks(decodeWindow(bytes), variation.lost ?? 0, random);
    const key = `${window.header.instance} ${window.header.threadId}`;
    const thread = threads.get(key) ?? { windows: [], events: [] };
    threads.set(key, thread);
    thread.windows.push(ledgerWindow(window, stacks));
    thread.events.push(...ledgerEvents(window));
  }
  const timelines = new Map<string, Timeline>();
  for (const [key, { windows, events }] of threads) timelines.set(key, buildTimeline(windows, events));

  const byTrace = Map.groupBy(sent.spans, (span) => span.traceId);
  const { clocksFrom = corpus.meta.skewMillis === 0 ? undefined : "all traces" } = variation;
  const fromAll = clocksFrom === "all traces" ? skewBetween(sent.spans) : () => SAME_CLOCK;
  return corpus.truths.map((truth) => {
    const spans = byTrace.get(truth.traceId) ?? [];
    const span = spans.find(({ spanId }) => spanId === truth.spanId);
    if (span === undefined) throw new Error(`span ${truth.spanId} is not in the corpus`);
    const named = new Set((truth.blame ?? []).map((row) => row.function));
    const context: LedgerContext = {
      spans,
      timelineOf: (instance, thread) => timelines.get(`${instance} ${thread}`),
      skewOf: clocksFrom === "the trace" ? skewBetween(spans) : fromAll,
      // The innermost of the functions the truth names; the leaf if there is none.
      frameOf: (stack) => {
        const names = stacks.get(stack) ?? [];
        return names.find((name) => named.has(name)) ?? names[0] ?? stack;
      },
    };
    const ledger = spanLedger(span, context);
    return { truth, ledger, pairs: classPairs(truth, ledger), blame: blamePairs(truth, ledger) };
  });
}

/** As the query API estimates it: all calls from one service to the other. */
function skewBetween(spans: readonly LedgerSpan[]): NonNullable<LedgerContext["skewOf"]> {
  const clients = new Map(spans.map((span) => [span.spanId, span]));
  const pairs = new Map<string, { client: LedgerSpan; server: LedgerSpan }[]>();
  const key = (client: LedgerSpan, server: LedgerSpan): string => `${client.instance} ${server.instance}`;
  for (const server of spans) {
    const client = server.parentSpanId === null ? undefined : clients.get(server.parentSpanId);
    if (client === undefined || client.instance === server.instance) continue;
    const known = pairs.get(key(client, server)) ?? [];
    pairs.set(key(client, server), known);
    known.push({ client, server });
  }
  const skews = new Map([...pairs].map(([name, known]) => [name, estimateSkew(known)]));
  return (client, server) => skews.get(key(client, server));
}

function classPairs(truth: Truth, ledger: Ledger): Pair[] {
  const rows = new Map(ledger.rows.map((row) => [row.class as string, row]));
  const names = new Set([...Object.keys(truth.classes), ...rows.keys()]);
  return [...names]
    .map((name) =>
      pair(name, truth.classes[name] ?? 0, rows.get(name), truth.durationNano, ledger.durationNano),
    )
    .filter(worthSaying);
}

function blamePairs(truth: Truth, ledger: Ledger): Pair[] {
  const sums = new Map<string, { nano: number; low: number; high: number }>();
  for (const { endpoint, frame, kind, nano, low, high } of ledger.blame) {
    const key = `${endpoint} ${kind === "gc" ? "(garbage collector)" : frame}`;
    const sum = sums.get(key) ?? { nano: 0, low: 0, high: 0 };
    sums.set(key, { nano: sum.nano + nano, low: sum.low + low, high: sum.high + high });
  }
  const truths = new Map((truth.blame ?? []).map((row) => [`${row.endpoint} ${row.function}`, row.nano]));
  return [...new Set([...truths.keys(), ...sums.keys()])]
    .map((key) => pair(key, truths.get(key) ?? 0, sums.get(key), truth.durationNano, ledger.durationNano))
    .filter(worthSaying);
}

function pair(
  name: string,
  truthNano: number,
  row: { nano: number; low: number; high: number } | undefined,
  truthDuration: number,
  duration: number,
): Pair {
  return {
    class: name,
    truth: truthNano / truthDuration,
    share: (row?.nano ?? 0) / duration,
    low: (row?.low ?? 0) / duration,
    high: (row?.high ?? 0) / duration,
    own: TRUTH_NANO / truthDuration,
  };
}

function worthSaying({ truth, share }: Pair): boolean {
  return truth >= LEAST_SHARE || share >= LEAST_SHARE;
}
