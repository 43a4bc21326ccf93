import type { Ledger } from "../api/ledger-types.ts";
import type { TraceSpan } from "../api/types.ts";
import { clockMillis, counted, day, ms, shortId } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";

const methods: Readonly<Record<Ledger["coverage"]["method"], string>> = {
  journal: "turn journal",
  quiet: "quiet loop",
  ticks: "ticks alone",
};

export const threadWords = (thread: number | null): string =>
  thread === null ? "its thread" : thread === 0 ? "the main thread" : `worker ${thread}`;

/** Where and when a span ran, and how well it was seen. */
export function Facts(props: { readonly span: TraceSpan; readonly ledger: Ledger | undefined }) {
  const { span } = props;
  const startMs = toUnixMs(span.startUnixNano);
  const version = span.resource["service.version"];
  const coverage = props.ledger?.state === "ready" ? props.ledger.coverage : undefined;
  return (
    <p className="facts">
      <span>
        {span.service}
        {version !== undefined && (
          <>
            {" "}
            <b>{version}</b>
          </>
        )}
      </span>
      {span.instance !== null && (
        <span>
          <b title={span.instance}>{span.resource["host.name"] ?? shortId(span.instance)}</b>
          {span.thread !== null && (span.thread === 0 ? ", main thread" : `, worker ${span.thread}`)}
        </span>
      )}
      <span>
        {day(startMs)}, <b>{clockMillis(startMs)}</b> UTC
      </span>
      {coverage !== undefined ? (
        <>
          <span title={`One tick each ${ms(coverage.periodNano)} ms while the loop works`}>
            <b>{coverage.ticks}</b> of {counted(Math.max(coverage.ticks, coverage.expectedTicks), "tick")}
          </span>
          <span>
            edges from the <b>{methods[coverage.method] ?? coverage.method}</b>
          </span>
          <span>
            clock error <b>±{ms(coverage.clockErrorNano)} ms</b>
          </span>
        </>
      ) : (
        span.profile.state === "ready" && (
          <span>
            <b>{span.profile.selfSamples}</b> of its own, {counted(span.profile.subtreeSamples, "sample")}{" "}
            with children
          </span>
        )
      )}
      {span.status === "error" && (
        <span className="bad">
          {span.statusMessage ? `error: ${span.statusMessage}` : "ended with an error"}
        </span>
      )}
    </p>
  );
}
