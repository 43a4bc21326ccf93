import { BatchBuilder, type RecordMeta } from "../decode/index.ts";
import { Problem } from "../http/problem.ts";

export type SpanContentType = "application/x-protobuf" | "application/json";

/** How many spans of an OTLP request cannot be stored. Throws 400 for bytes that are not one. */
export function inspectSpans(bytes: Uint8Array, type: SpanContentType, receivedMs: number): number {
  const builder = new BatchBuilder(0n);
  addSpans(builder, { source: "", offset: 0n, timestampMs: receivedMs, headers: {} }, bytes, type);
  const { deadLetters, counts } = builder.finish();
  const letter = deadLetters[0];
  if (letter !== undefined) throw new Problem("bad_parameter", letter.detail);
  return counts.rejectedSpans;
}

export function addSpans(
  builder: BatchBuilder,
  meta: RecordMeta,
  value: Uint8Array,
  type: SpanContentType,
): void {
  (builder as unknown as SpanSink).addSpans(meta, value, type);
}

interface SpanSink {
  addSpans(meta: RecordMeta, value: Uint8Array, type: SpanContentType): void;
}
