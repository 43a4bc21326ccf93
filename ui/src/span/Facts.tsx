import type { Ledger } from "../api/ledger-types.ts";
import type { Trace, TraceSpan } from "../api/types.ts";
import { clockMillis, counted, dayYear, duration, shortId } from "../lib/format.ts";
import { nanoSince, toUnixMs } from "../lib/time.ts";
import { exactness } from "./exactness.ts";

export const threadWords = (thread: number | null): string =>
  thread === null ? "its thread" : thread === 0 ? "the main thread" : `worker ${thread}`;

/** Where and when a span ran, and how well it was seen. */
export function Facts(props: {
  readonly trace: Trace;
  readonly span: TraceSpan;
  readonly ledger: Ledger | undefined;
}) {
  const { span } = props;
  const startMs = toUnixMs(span.startUnixNano);
  const into = nanoSince(props.trace.startUnixNano, span.startUnixNano);
  const version = span.resource["service.version"];
  const coverage = props.ledger?.state === "ready" ? props.ledger.coverage : undefined;
  return (
    <div className="facts">
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
      <span title={`${dayYear(startMs)}, ${clockMillis(startMs)} UTC`}>
        began{" "}
        {into > 0 ? (
          <>
            <b>{duration(into)}</b> into
          </>
        ) : (
          "with"
        )}{" "}
        its trace
      </span>
      {coverage === undefined && span.profile.state === "ready" && (
        <span>
          <b>{span.profile.selfSamples}</b> of its own, {counted(span.profile.subtreeSamples, "sample")} with
          children
        </span>
      )}
      {span.status === "error" && (
        <span className="bad">
          {span.statusMessage ? `error: ${span.statusMessage}` : "ended with an error"}
        </span>
      )}
      {coverage !== undefined && (
        <details className="exact">
          <summary>How exact?</summary>
          <ul>
            {exactness(coverage).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
