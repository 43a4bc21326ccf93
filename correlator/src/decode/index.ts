export { BatchBuilder, type BatchOptions, type FinishedBatch } from "./batch.ts";
export { StackMemory } from "./stack-rows.ts";
export type {
  BatchCounts,
  DeadLetter,
  Probe,
  RecordMeta,
  SpanProbe,
  TableBlock,
  WindowKey,
} from "./types.ts";
export { inspectWindow } from "./window.ts";
