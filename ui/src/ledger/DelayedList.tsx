import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { delayedQuery } from "../api/ledger-queries.ts";
import { Failed } from "../components/Failed.tsx";
import { Scroll } from "../components/Scroll.tsx";
import { counted, ms, msUnit, shortId } from "../lib/format.ts";

/** The spans that were ready while this one kept the loop. */
export function DelayedList(props: {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const { traceId, spanId } = props;
  const answer = useQuery(delayedQuery(traceId, spanId));
  const found = answer.data;
  return (
    <section aria-labelledby="delayed-title">
      <div className="head">
        <h2 id="delayed-title">All spans that this span delayed</h2>
        {found !== undefined && found.delayed.length > 0 && (
          <span className="muted">
            {counted(found.delayed.length, "span")}, {msUnit(found.nano)} in all
          </span>
        )}
        <span className="end">
          <button type="button" className="btn quiet" onClick={props.onClose}>
            Close
          </button>
        </span>
      </div>
      {answer.isError ? (
        <Failed
          what="The delayed spans could not be read"
          error={answer.error}
          onRetry={() => void answer.refetch()}
        />
      ) : found === undefined ? (
        <p className="muted small" role="status">
          <span className="spin" aria-hidden="true" /> Reading the spans of this thread at that time.
        </p>
      ) : found.delayed.length === 0 ? (
        <p className="muted small" role="status">
          {props.name} delayed no other span.
        </p>
      ) : (
        <Scroll label="Delayed spans">
          <table>
            <caption className="vh">Spans that {props.name} delayed</caption>
            <thead>
              <tr>
                <th scope="col">Span</th>
                <th scope="col">Trace</th>
                <th scope="col" className="num">
                  Delayed, ms
                </th>
                <th scope="col" className="num">
                  95 % interval
                </th>
              </tr>
            </thead>
            <tbody>
              {found.delayed.map((one) => (
                <tr key={`${one.traceId} ${one.spanId}`}>
                  <th scope="row">
                    <span className="muted">{one.service}</span>{" "}
                    <Link to="/trace/$traceId/span/$spanId" params={one}>
                      {one.endpoint ?? `span ${shortId(one.spanId)}`}
                    </Link>
                  </th>
                  <td>
                    <Link to="/trace/$traceId" params={one} search={{ span: one.spanId }}>
                      <code>{shortId(one.traceId)}</code>
                    </Link>
                  </td>
                  <td className="num">
                    <b>{ms(one.nano)}</b>
                  </td>
                  <td className="num muted">
                    {ms(one.low)} – {ms(one.high)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
