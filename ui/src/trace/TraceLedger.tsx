import "../ledger/ledger.css";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { traceLedgerQuery } from "../api/ledger-queries.ts";
import type { LedgerClass } from "../api/ledger-types.ts";
import { Failed } from "../components/Failed.tsx";
import { classCss, classWords } from "../ledger/classes.ts";
import { LedgerBar } from "../ledger/LedgerBar.tsx";
import { LedgerTable } from "../ledger/LedgerTable.tsx";
import { LitContext } from "../ledger/lit.ts";
import { largestFirst } from "../ledger/view.ts";
import { ms } from "../lib/format.ts";

// Below this share the bar has no room for words, so the line below says them.
const labelled = 0.06;

/** Where the time of the whole trace went, along its critical path. */
export function TraceLedger({ traceId }: { readonly traceId: string }) {
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
      <details className="twin rows">
        <summary>As a table, with intervals</summary>
        <LedgerTable ledger={ledger} caption="Ledger of the trace" sum="Trace" />
      </details>
    </LitContext>
  );
}
