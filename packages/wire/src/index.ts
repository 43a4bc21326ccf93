export { compress, decompress } from "./compress.ts";
export type { ContentEncoding } from "./compress.ts";
export { decodeWindow } from "./decode.ts";
export { encodeWindow, encodeWindowInSteps } from "./encode.ts";
export { WIRE_ERROR_CODES, WireError } from "./errors.ts";
export type { WireApiCode, WireErrorCode } from "./errors.ts";
export { readKafkaSecurity } from "./kafka-security.ts";
export type { KafkaSecurity, Sasl, TlsFiles } from "./kafka-security.ts";
export { atMost, LIMITS, timeInRange, WIRE_VERSION } from "./limits.ts";
export type { Limits } from "./limits.ts";
export { HEADERS, recordKey, TOPICS, WINDOW_CONTENT_TYPE } from "./topics.ts";
export { emptyColumns, ResumeSource, TickState } from "./window.ts";
export type {
  Cgroup,
  ClockPair,
  ContextPath,
  Events,
  Header,
  HeapProfile,
  HeapReason,
  Journal,
  Label,
  LoopDelay,
  Mode,
  SpanId,
  Ticks,
  TraceId,
  Window,
} from "./window.ts";
export { readPprof } from "./pprof/read.ts";
export type { Pprof } from "./pprof/read.ts";
export { readPprofValues } from "./pprof/values.ts";
export { subsetPprof } from "./pprof/subset.ts";
export { sampleTotals, tickWeights } from "./weights.ts";
export type { SampleTotals } from "./weights.ts";
export { ProtoReader } from "./proto/reader.ts";
export { ProtoWriter } from "./proto/writer.ts";
export { splitWindow, splitWindowNow } from "./split.ts";
export type { Part, SplitOptions } from "./split.ts";
