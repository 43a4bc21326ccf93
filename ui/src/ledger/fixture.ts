// Ledgers for tests: rows that sum, as the API's do.
import type { Ledger, LedgerClass, LedgerRow } from "../api/ledger-types.ts";

export function row(name: LedgerClass, ms: number, more: Partial<LedgerRow> = {}): LedgerRow {
  const nano = ms * 1e6;
  return { class: name, nano, share: 0, low: nano * 0.98, high: nano * 1.02, ticks: 1, ...more };
}

export const frame = (name: string) => ({
  function: name,
  file: null,
  line: null,
  package: null,
  kind: "app" as const,
});

/** Of work without a stack. */
export const noCode = { ...frame("(unknown)"), kind: "runtime" as const };

export function ledger(rows: LedgerRow[], more: Partial<Ledger> = {}): Ledger {
  const durationNano = rows.reduce((sum, one) => sum + one.nano, 0);
  return {
    state: "ready",
    spanId: "b6f10c2d94ea7715",
    service: "checkout",
    instance: null,
    thread: 0,
    startUnixNano: "0",
    durationNano,
    coverage: {
      periodNano: 10_100_000,
      expectedTicks: 97,
      ticks: 93,
      lostTicks: 1,
      windows: 1,
      clockErrorNano: 400_000,
      method: "journal",
    },
    rows: rows.map((one) => ({ ...one, share: one.nano / durationNano })),
    blame: [],
    children: [],
    ...more,
  };
}
