import { Link } from "@tanstack/react-router";
import type { Trace, TraceSpan } from "../api/types.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { attributeText, counted, ms, shortId } from "../lib/format.ts";
import { nanoSince } from "../lib/time.ts";
import { DetailLedger } from "./DetailLedger.tsx";
import type { WaterfallRow } from "./waterfall.ts";

/** The opened row: what the span says about itself and where it ran. */
export function SpanDetails(props: {
  readonly trace: Trace;
  readonly row: WaterfallRow;
  readonly rowIndex: number;
}) {
  const { span } = props.row;
  return (
    <div role="row" aria-rowindex={props.rowIndex} className="detail">
      <div role="gridcell" aria-colspan={4} className="box">
        <DetailLedger traceId={props.trace.traceId} span={span} />
        <div>
          <h3>Attributes</h3>
          <Attributes of={span.attributes} none="This span has no attributes." />
          {span.status === "error" && (
            <p className="bad small">{span.statusMessage ?? "Ended with an error."}</p>
          )}
        </div>
        <div>
          <h3>Where it ran</h3>
          <dl className="kv">
            {whereItRan(span).map(([key, value]) => (
              <Pair key={key} name={key} value={value} />
            ))}
            <dt>Span</dt>
            <dd>
              <code>{span.spanId}</code>{" "}
              <CopyButton quiet text={() => span.spanId} label="Copy the span id">
                Copy
              </CopyButton>
            </dd>
          </dl>
        </div>
        <div>
          <SpanEvents trace={props.trace} span={span} />
          {span.links.length > 0 && <SpanLinks span={span} />}
          <h3>Resource</h3>
          <Attributes of={span.resource} none="No resource was sent." />
        </div>
      </div>
    </div>
  );
}

export function Attributes(props: { readonly of: Readonly<Record<string, unknown>>; readonly none: string }) {
  const entries = Object.entries(props.of).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return <p className="muted small">{props.none}</p>;
  return (
    <dl className="kv">
      {entries.map(([key, value]) => (
        <Pair key={key} name={key} value={attributeText(value)} />
      ))}
    </dl>
  );
}

function Pair(props: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </>
  );
}

function SpanEvents({ trace, span }: { readonly trace: Trace; readonly span: TraceSpan }) {
  if (span.events.length === 0) return null;
  return (
    <>
      <h3>Events</h3>
      <ul className="events small">
        {span.events.map((event) => (
          <li key={`${event.timeUnixNano} ${event.name}`}>
            <b>{event.name}</b>{" "}
            <span className="muted nw">at {ms(nanoSince(trace.startUnixNano, event.timeUnixNano))} ms</span>
            {Object.keys(event.attributes).length > 0 && <Attributes of={event.attributes} none="" />}
          </li>
        ))}
      </ul>
    </>
  );
}

function SpanLinks({ span }: { readonly span: TraceSpan }) {
  return (
    <>
      <h3>Links</h3>
      <ul className="events small">
        {span.links.map((link) => (
          <li key={`${link.traceId}${link.spanId}`}>
            <Link to="/trace/$traceId" params={{ traceId: link.traceId }} search={{ span: link.spanId }}>
              trace {shortId(link.traceId)}, span {shortId(link.spanId)}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The facts of a span's place, those that are known. */
export function whereItRan(span: TraceSpan): readonly (readonly [string, string])[] {
  const resource = (name: string): string | undefined => span.resource[name];
  const { selfSamples, subtreeSamples } = span.profile;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ["Service", span.service],
    ["Version", resource("service.version")],
    ["Host", resource("host.name") ?? resource("k8s.pod.name")],
    ["Zone", resource("cloud.availability_zone")],
    ["Instance", span.instance === null ? undefined : shortId(span.instance)],
    ["Thread", span.thread === null ? undefined : span.thread === 0 ? "main" : `worker ${span.thread}`],
    ["Kind", span.kind === "unspecified" ? undefined : span.kind],
    ["Endpoint", span.endpoint ?? undefined],
    [
      "Samples",
      subtreeSamples === 0
        ? undefined
        : `${counted(selfSamples, "sample")} of its own, ${subtreeSamples} with children`,
    ],
  ];
  return pairs.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, value] as const],
  );
}
