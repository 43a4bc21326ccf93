import type { LedgerSpan } from "../types.ts";

/** Parents and children of spans, over processes and traces. */
export interface Forest {
  readonly parentOf: (span: LedgerSpan) => LedgerSpan | undefined;
  readonly childrenOf: (span: LedgerSpan) => readonly LedgerSpan[];
  /** The span itself first, then its descendants. */
  readonly subtree: (span: LedgerSpan) => readonly LedgerSpan[];
}

const NONE: readonly LedgerSpan[] = [];
// The spans of a trace are one array for all its ledgers.
const known = new WeakMap<readonly LedgerSpan[], Forest>();

export function forestOf(spans: readonly LedgerSpan[]): Forest {
  let forest = known.get(spans);
  if (forest === undefined) known.set(spans, (forest = build(spans)));
  return forest;
}

function key(traceId: string, spanId: string): string {
  return `${traceId}/${spanId}`;
}

function build(spans: readonly LedgerSpan[]): Forest {
  const byId = new Map<string, LedgerSpan>();
  const children = new Map<string, LedgerSpan[]>();
  for (const span of spans) byId.set(key(span.traceId, span.spanId), span);
  // The map, not the list: a span that was delivered twice is one.
  for (const span of byId.values()) {
    if (span.parentSpanId === null || span.parentSpanId === "") continue;
    const parent = key(span.traceId, span.parentSpanId);
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [span]);
    else list.push(span);
  }
  const childrenOf = (span: LedgerSpan): readonly LedgerSpan[] =>
    children.get(key(span.traceId, span.spanId)) ?? NONE;
  return {
    parentOf: ({ traceId, parentSpanId }) =>
      parentSpanId === null ? undefined : byId.get(key(traceId, parentSpanId)),
    childrenOf,
    subtree: (span) => {
      // A set: broken data may hold a cycle of parents.
      const seen = new Set<LedgerSpan>([span]);
      for (const each of seen) for (const child of childrenOf(each)) seen.add(child);
      return [...seen];
    },
  };
}

export function onThread(span: LedgerSpan, other: LedgerSpan): boolean {
  return span.instance !== null && span.instance === other.instance && span.thread === other.thread;
}
