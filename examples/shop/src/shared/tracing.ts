import { type AttributeValue, type SpanOptions, SpanStatusCode, trace } from "@opentelemetry/api";

/** Says something about the request on its active span: what slow requests have in common. */
export function attribute(key: string, value: AttributeValue): void {
  trace.getActiveSpan()?.setAttribute(key, value);
}

/** Runs `work` in a span of its own, which ends with it. */
export async function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return await trace.getTracer("shop").startActiveSpan(name, options, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
