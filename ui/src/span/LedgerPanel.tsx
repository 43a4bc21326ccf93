import "../ledger/ledger.css";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { spanLedgerQuery, timelineQuery } from "../api/ledger-queries.ts";
import type { LedgerClass } from "../api/ledger-types.ts";
import type { Trace, TraceSpan } from "../api/types.ts";
import { Failed } from "../components/Failed.tsx";
import { Blame } from "../ledger/Blame.tsx";
import { ChildTable } from "../ledger/ChildTable.tsx";
import { ownOf } from "../ledger/holders.ts";
import { LedgerBar } from "../ledger/LedgerBar.tsx";
import { LedgerTable } from "../ledger/LedgerTable.tsx";
import { LitContext } from "../ledger/lit.ts";
import { LoopTimeline } from "../timeline/LoopTimeline.tsx";
import { subtreeOf, timelineView } from "../timeline/view.ts";
import { ChildSpans } from "./ChildSpans.tsx";
import { threadWords } from "./Facts.tsx";

/** Before and after the span: what ran there explains how it began and what it delayed. */
const padMs = (durationNano: number): number =>
  Math.round(Math.min(500, Math.max(10, (durationNano / 1e6) * 0.05)));

/** Every millisecond of the span: bar, table, who held the loop, children, and the loop itself. */
export function LedgerPanel(props: { readonly trace: Trace; readonly span: TraceSpan }) {
  const { trace, span } = props;
  const { traceId } = trace;
  const answer = useQuery(spanLedgerQuery(traceId, span.spanId));
  const loop = useQuery(timelineQuery(traceId, span.spanId, padMs(span.durationNano)));
  const [lit, light] = useState<LedgerClass>();
  const shared = useMemo(() => ({ lit, light }), [lit]);
  const ledger = answer.data?.state === "ready" ? answer.data : undefined;
  const blame = ledger?.blame;
  const own = useMemo(() => ownOf(traceId, [span]), [traceId, span]);
  const view = useMemo(() => {
    const { data } = loop;
    // A thread nobody sampled has nothing to draw; the states say why.
    if (data === undefined || data.turns.length + data.ticks.length + data.span.length === 0)
      return undefined;
    return timelineView(
      data,
      { traceId, durationNano: span.durationNano },
      {
        padMs: padMs(span.durationNano),
        subtree: subtreeOf(trace.spans, span.spanId),
        blame: blame ?? [],
        own,
      },
    );
  }, [loop, trace, traceId, span, blame, own]);

  return (
    <LitContext value={shared}>
      {answer.isError && answer.data === undefined && (
        <section>
          <Failed
            what="The ledger could not be read"
            error={answer.error}
            onRetry={() => void answer.refetch()}
          />
        </section>
      )}
      {ledger !== undefined && (
        <>
          <LedgerBar rows={ledger.rows} durationNano={ledger.durationNano} />
          <div className="cols">
            <section className="rows" aria-labelledby="ledger-title">
              <div className="head">
                <h2 id="ledger-title">Ledger</h2>
                <span className="muted">every millisecond, in one class</span>
              </div>
              <LedgerTable ledger={ledger} own={own} caption="Ledger of the span" sum="Span" />
            </section>
            <div className="aside">
              <Blame ledger={ledger} own={own} view={view} />
              <ChildTable trace={trace} spanId={span.spanId} of={ledger.children} />
            </div>
          </div>
        </>
      )}
      {view !== undefined && <LoopTimeline view={view} thread={threadWords(span.thread)} />}
      {loop.isError && !answer.isError && (
        <section>
          <Failed
            what="The loop’s timeline could not be read"
            error={loop.error}
            onRetry={() => void loop.refetch()}
          />
        </section>
      )}
      {ledger === undefined && !answer.isPending && <ChildSpans trace={trace} span={span} />}
    </LitContext>
  );
}
