import "../ledger/ledger.css";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { traceLedgerQuery } from "../api/ledger-queries.ts";
import type { Ledger, LedgerClass } from "../api/ledger-types.ts";
import type { Trace } from "../api/types.ts";
import { Failed } from "../components/Failed.tsx";
import { FunctionName } from "../components/FunctionName.tsx";
import { classCss, classWords } from "../ledger/classes.ts";
import { holdersOf, holderWords, type Own, ownOf } from "../ledger/holders.ts";
import { LedgerBar } from "../ledger/LedgerBar.tsx";
import { LedgerTable } from "../ledger/LedgerTable.tsx";
import { LitContext } from "../ledger/lit.ts";
import { largestFirst } from "../ledger/view.ts";
import { ms, msUnit } from "../lib/format.ts";

// Below this share the bar has no room for words, so the line below says them.
const labelled = 0.06;

const mostHolders = 3;

/** Who held the loop while spans of the trace were ready: their own traces show nothing of them. */
function HeldBy({ ledger, own }: { readonly ledger: Ledger; readonly own: Own }) {
  const held = ledger.rows.find((row) => row.class === "loop.held");
  if (held === undefined || held.nano < labelled * ledger.durationNano) return null;
  const holders = holdersOf(ledger.blame);
  if (holders.length === 0) return null;
  return (
    <p className="sums">
      <span>Who held the loop:</span>
      {holders.slice(0, mostHolders).map((one, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- not all have ids
        <span key={index}>
          {one.traceId !== null && one.spanId !== null ? (
            <Link
              to="/trace/$traceId/span/$spanId"
              params={{ traceId: one.traceId, spanId: one.spanId }}
              className="link"
            >
              {holderWords(one, own)}
            </Link>
          ) : (
            holderWords(one, own)
          )}{" "}
          {msUnit(one.nano)}
          {one.frames[0] !== undefined && (
            <>
              , <FunctionName frame={one.frames[0].frame} />
            </>
          )}
        </span>
      ))}
      {holders.length > mostHolders && <span>{holders.length - mostHolders} more</span>}
    </p>
  );
}

/** Where the time of the whole trace went, along its critical path. */
export function TraceLedger({ trace }: { readonly trace: Trace }) {
  const { traceId, spans } = trace;
  const own = useMemo(() => ownOf(traceId, spans), [traceId, spans]);
  const answer = useQuery(traceLedgerQuery(traceId));
  const [lit, light] = useState<LedgerClass>();
  const shared = useMemo(() => ({ lit, light }), [lit]);
  const ledger = answer.data;
  if (answer.isError && ledger === undefined) {
    return (
      <section>
        <Failed
          what="The trace’s ledger could not be read"
          error={answer.error}
          onRetry={() => void answer.refetch()}
        />
      </section>
    );
  }
  if (ledger === undefined || ledger.rows.length === 0) return null;
  const rows = largestFirst(ledger.rows);
  const small = rows.filter((row) => row.nano > 0 && row.share < labelled);
  return (
    <LitContext value={shared}>
      <LedgerBar rows={ledger.rows} durationNano={ledger.durationNano} />
      <p className="sums">
        {small.map((row) => (
          <span key={row.class} className="nw" title={`${ms(row.low)} – ${ms(row.high)} ms`}>
            <i className={`sw ${classCss(row.class)}`} aria-hidden="true" />
            {classWords(row.class)} {ms(row.nano)}
          </span>
        ))}
        <span className="end">along the critical path, in ms</span>
      </p>
      <HeldBy ledger={ledger} own={own} />
      <details className="twin rows">
        <summary>As a table, with intervals</summary>
        <LedgerTable ledger={ledger} own={own} caption="Ledger of the trace" sum="Trace" />
      </details>
    </LitContext>
  );
}
