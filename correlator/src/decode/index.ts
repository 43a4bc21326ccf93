export { BatchBuilder, type BatchOptions, type FinishedBatch, isJson, type PlainFormat } from "./batch.ts";
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
export { DECODE_ERROR_CODES, DecodeError, type DecodeErrorCode } from "./errors.ts";
export { inspectSpans, type OtlpContentType, type SpanCounts } from "./spans.ts";
export { inspectWindow } from "./window.ts";
export { readOtlpProfiles } from "./plain/otlp.ts";
export { readPlainPprof } from "./plain/pprof.ts";
