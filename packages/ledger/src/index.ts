export type { LedgerContext } from "./context.ts";
export { childKind } from "./ledger/child-kind.ts";
export { spanLedger } from "./ledger/ledger.ts";
export { buildTimeline } from "./timeline/timeline.ts";
export type { Timeline } from "./timeline/timeline.ts";
export * from "./types.ts";
