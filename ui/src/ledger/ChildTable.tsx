import { Link } from "@tanstack/react-router";
import type { LedgerChild } from "../api/ledger-types.ts";
import type { Trace } from "../api/types.ts";
import { Scroll } from "../components/Scroll.tsx";
import { counted, ms } from "../lib/format.ts";
import { ProfileLink } from "../span/ProfileLink.tsx";

// A span with thousands of children has a waterfall for them.
const most = 30;

/** How long each child was open, waited for the other side's thread, worked there, and travelled. */
export function ChildTable(props: {
  readonly trace: Trace;
  readonly spanId: string;
  readonly of: readonly LedgerChild[];
}) {
  const { trace, of: children } = props;
  const shown = children.slice(0, most);
  const queued = shown.some((child) => child.queuedNano > 0);
  return (
    <section aria-labelledby="children-title">
      <div className="head">
        <h2 id="children-title">Child spans</h2>
        {children.length > 0 && <span className="muted">ms; the last to finish is the one waited for</span>}
      </div>
      {children.length === 0 ? (
        <p className="note">This span has no child spans.</p>
      ) : (
        <Scroll label="Table of child spans">
          <table>
            <caption className="vh">Child spans</caption>
            <thead>
              <tr>
                <th scope="col">Child</th>
                <th scope="col" className="num">
                  Open
                </th>
                {queued && (
                  <th scope="col" className="num">
                    Queued
                  </th>
                )}
                <th scope="col" className="num">
                  Remote
                </th>
                <th scope="col" className="num">
                  Network
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((child) => {
                const span = trace.spans.find((one) => one.spanId === child.spanId);
                return (
                  <tr key={child.spanId}>
                    <th scope="row">
                      {child.name}
                      {span !== undefined && (
                        <small className="row-link">
                          <ProfileLink traceId={trace.traceId} span={span} />
                        </small>
                      )}
                    </th>
                    <td className="num">{ms(child.openNano)}</td>
                    {queued && <td className="num">{ms(child.queuedNano)}</td>}
                    <td className="num">{child.remoteNano === null ? "–" : ms(child.remoteNano)}</td>
                    <td className="num">{child.networkNano === null ? "–" : ms(child.networkNano)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Scroll>
      )}
      {children.length > most && (
        <p className="note">
          {most} of {counted(children.length, "child span")}.{" "}
          <Link to="/trace/$traceId" params={{ traceId: trace.traceId }} search={{ span: props.spanId }}>
            All in the waterfall
          </Link>
        </p>
      )}
    </section>
  );
}
