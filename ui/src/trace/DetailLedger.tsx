import { useQuery } from "@tanstack/react-query";
import { spanLedgerQuery } from "../api/ledger-queries.ts";
import type { TraceSpan } from "../api/types.ts";
import { classCss, classWords } from "../ledger/classes.ts";
import { ownOf } from "../ledger/holders.ts";
import { largestFirst, mostly } from "../ledger/view.ts";
import { ms } from "../lib/format.ts";
import { panelWords } from "../span/states.ts";

/** The opened row's ledger: each class with its time, its interval and what it mostly was. */
export function DetailLedger(props: { readonly traceId: string; readonly span: TraceSpan }) {
  const { span } = props;
  const answer = useQuery(spanLedgerQuery(props.traceId, span.spanId));
  const ledger = answer.data;
  const own = ownOf(props.traceId, [span]);
  const state = ledger?.state ?? span.profile.state;
  return (
    <div>
      <h3>Ledger</h3>
      {ledger !== undefined && ledger.rows.length > 0 ? (
        <table className="brief">
          <caption className="vh">Ledger of {span.name}</caption>
          <thead className="vh">
            <tr>
              <th scope="col">Class</th>
              <th scope="col">ms</th>
              <th scope="col">95 % interval</th>
              <th scope="col">Mostly</th>
            </tr>
          </thead>
          <tbody>
            {largestFirst(ledger.rows)
              .filter((row) => row.nano > 0)
              .map((row) => (
                <tr key={row.class}>
                  <th scope="row">
                    <i className={`sw ${classCss(row.class)}`} aria-hidden="true" />
                    {classWords(row.class)}
                  </th>
                  <td className="num">{ms(row.nano)}</td>
                  <td className="num faint">
                    {ms(row.low)} – {ms(row.high)}
                  </td>
                  <td className="cut muted" title={mostly(row, ledger, own)}>
                    {mostly(row, ledger, own)}
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      ) : (
        <p className="muted small">
          {answer.isError
            ? "The ledger could not be read."
            : state === "ready"
              ? answer.isPending
                ? "Reading the ledger."
                : "Not profiled."
              : `Not profiled. ${panelWords(state, span, { periodNano: ledger?.coverage.periodNano }).text}`}
        </p>
      )}
    </div>
  );
}
