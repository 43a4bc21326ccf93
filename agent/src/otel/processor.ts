import type { OtelContext, OtelSpan } from "./types.ts";

/** What an SDK calls; fits `SpanProcessor` of every major. */
export interface HotspanSpanProcessor {
  onStart(span: unknown, parentContext: unknown): void;
  onEnd(span: unknown): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

export interface SpanSink {
  spanStarted(span: OtelSpan, parent: OtelContext): void;
  spanEnded(span: OtelSpan): void;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const BRAND: unique symbol = Symbol.for("hotspan.span-processor") as never;

export function createProcessor(sink: SpanSink): HotspanSpanProcessor {
  const processor = {
    [BRAND]: true,
    onStart: (span: unknown, parentContext: unknown): void =>
      sink.spanStarted(span as OtelSpan, parentContext as OtelContext),
    onEnd: (span: unknown): void => sink.spanEnded(span as OtelSpan),
    forceFlush: (): Promise<void> => sink.flush(),
    shutdown: (): Promise<void> => sink.stop(),
  };
  return processor;
}

export function isOurs(processor: unknown): boolean {
  return typeof processor === "object" && processor !== null && BRAND in processor;
}
