import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { traceLedgerQuery } from "../api/ledger-queries.ts";
import { MiniBar } from "../ledger/MiniBar.tsx";
import { Scroll } from "../components/Scroll.tsx";
import { clockSeconds, ms, shortId } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";

/** Traces of the slow side, with where their own time went. */
export function ExampleTraces({ ids }: { readonly ids: readonly string[] }) {
  const answers = useQueries({
    queries: ids.map((id) => ({ ...traceLedgerQuery(id), meta: { quiet: true } })),
  });
  const longest = Math.max(1, ...answers.map((answer) => answer.data?.durationNano ?? 0));
  return (
    <section aria-labelledby="examples-title">
      <div className="head">
        <h2 id="examples-title">Example traces</h2>
        <span className="muted">of the slow side, along the critical path</span>
      </div>
      {ids.length === 0 ? (
        <p className="note">No example was named.</p>
      ) : (
        <Scroll label="Example traces">
          <table>
            <caption className="vh">Example traces</caption>
            <thead>
              <tr>
                <th scope="col">Trace</th>
                <th scope="col" className="num">
                  ms
                </th>
                <th scope="col">Where the time went</th>
              </tr>
            </thead>
            <tbody>
              {ids.map((id, index) => {
                const ledger = answers[index]?.data;
                return (
                  <tr key={id}>
                    <th scope="row" className="nw">
                      <Link to="/trace/$traceId" params={{ traceId: id }} className="mono">
                        {shortId(id)}
                      </Link>{" "}
                      {ledger !== undefined && (
                        <span className="muted">{clockSeconds(toUnixMs(ledger.startUnixNano))}</span>
                      )}
                    </th>
                    <td className="num">{ledger === undefined ? "" : ms(ledger.durationNano)}</td>
                    <td className="wide">
                      {ledger !== undefined && ledger.rows.length > 0 ? (
                        <MiniBar rows={ledger.rows} whole={longest} />
                      ) : (
                        <span className="faint small">
                          {answers[index]?.isPending === true ? "" : "not profiled"}
                        </span>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
