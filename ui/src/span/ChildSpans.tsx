import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Trace, TraceSpan } from "../api/types.ts";
import { counted, ms } from "../lib/format.ts";
import { nanoSince } from "../lib/time.ts";
import { ProfileLink } from "./ProfileLink.tsx";

// A span with thousands of children has a waterfall for them.
const most = 50;

export function ChildSpans(props: { readonly trace: Trace; readonly span: TraceSpan }) {
  const { trace, span } = props;
  const children = useMemo(
    () =>
      trace.spans
        .filter((one) => one.parentSpanId === span.spanId && one.spanId !== span.spanId)
        .map((one) => ({ one, at: nanoSince(span.startUnixNano, one.startUnixNano) }))
        .sort((a, b) => a.at - b.at || b.one.durationNano - a.one.durationNano),
    [trace, span],
  );
  return (
    <section>
      <div className="head">
        <h2>Child spans</h2>
        {children.length > 0 && (
          <span className="muted">{counted(children.length, "span")}, in order of time</span>
        )}
      </div>
      {children.length === 0 ? (
        <p className="muted small">This span has no child spans.</p>
      ) : (
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Child</th>
                <th scope="col" className="num">
                  After, ms
                </th>
                <th scope="col" className="num">
                  Open, ms
                </th>
                <th scope="col" className="num">
                  Profile for this span
                </th>
              </tr>
            </thead>
            <tbody>
              {children.slice(0, most).map(({ one, at }) => (
                <tr key={one.spanId}>
                  <th scope="row">
                    <span className="muted">{one.service}</span> {one.name}
                    {one.status === "error" && <span className="bad small"> error</span>}
                  </th>
                  <td className="num muted">{ms(at)}</td>
                  <td className="num">{ms(one.durationNano)}</td>
                  <td className="num small">
                    <ProfileLink traceId={trace.traceId} span={one} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {children.length > most && (
        <p className="note">
          {most} of {counted(children.length, "child span")}.{" "}
          <Link to="/trace/$traceId" params={{ traceId: trace.traceId }} search={{ span: span.spanId }}>
            All in the waterfall
          </Link>
        </p>
      )}
    </section>
  );
}
