import { decodeWindow, encodeWindow } from "@hotspan/wire";
import type { CorpusSpan } from "./corpus.ts";

export interface Sent {
  readonly windows: readonly Uint8Array[];
  readonly spans: readonly CorpusSpan[];
}

/** What would have come if the wall clock of a service's host were ahead by so much. */
export function skewed({ windows, spans }: Sent, service: string, millis: number): Sent {
  if (millis === 0) return { windows, spans };
  const nanos = BigInt(Math.round(millis * 1e6));
  return {
    windows: windows.map((bytes) => {
      const window = decodeWindow(bytes);
      const { header } = window;
      if (header.resource["service.name"] !== service) return bytes;
      const moved = (pair: typeof header.start) => ({ ...pair, epochNanos: pair.epochNanos + nanos });
      return encodeWindow({
        ...window,
        header: { ...header, start: moved(header.start), end: moved(header.end) },
      });
    }),
    spans: spans.map((span) =>
      span.service === service ? { ...span, startUnixNano: span.startUnixNano + nanos } : span,
    ),
  };
}
