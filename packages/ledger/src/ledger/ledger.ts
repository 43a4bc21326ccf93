import type { LedgerContext } from "../context.ts";
import type { Ledger, LedgerCoverage, LedgerSpan, LedgerState } from "../types.ts";
import { analyse } from "./analysis.ts";
import { Blame } from "./blame.ts";
import { childrenOf } from "./children.ts";
import { coverageOf } from "./coverage.ts";
import { Rows } from "./rows.ts";

export const NO_COVERAGE: LedgerCoverage = {
  periodNano: 0,
  expectedTicks: 0,
  ticks: 0,
  lostTicks: 0,
  windows: 0,
  clockErrorNano: 0,
  method: "ticks",
};

/**
 * Where one span's time went, on the thread that ran it. Rows sum to `durationNano` exactly.
 * @param context its `spans` hold the span's descendants, in whatever process; the span itself may be among them.
 */
export function spanLedger(span: LedgerSpan, context: LedgerContext): Ledger {
  const analysis = analyse(span, context);
  if (analysis === undefined) return { ...head(span, "no_windows"), ...EMPTY };
  const coverage = coverageOf(analysis);
  // One tick more or less would be all of it: the aggregate of its operation says more.
  if (span.durationNano < coverage.periodNano) {
    return { ...head(span, "too_short"), ...EMPTY, coverage };
  }
  const sums = new Rows();
  sums.add(analysis);
  const rows = sums.rows(context);
  const blame = new Blame();
  blame.add(analysis, analysis.pieces, context);
  return {
    ...head(span, "ready"),
    coverage,
    rows,
    blame: blame.entries(rows.find((row) => row.class === "loop.held")),
    children: childrenOf(analysis),
  };
}

const EMPTY = { coverage: NO_COVERAGE, rows: [], blame: [], children: [] } as const;

export function head(
  span: LedgerSpan,
  state: LedgerState,
): Omit<Ledger, "coverage" | "rows" | "blame" | "children"> {
  const { traceId, spanId, service, instance, thread, startUnixNano, durationNano } = span;
  return { state, traceId, spanId, service, instance, thread, startUnixNano, durationNano };
}
