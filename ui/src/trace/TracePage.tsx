import "./trace.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError } from "../api/client.ts";
import { traceLedgerQuery } from "../api/ledger-queries.ts";
import { traceQuery } from "../api/queries.ts";
import type { Trace } from "../api/types.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { Failed } from "../components/Failed.tsx";
import { Sentence } from "../components/Sentence.tsx";
import { count, counted, shortId } from "../lib/format.ts";
import { useTitle } from "../lib/useTitle.ts";
import { isStep, type TraceState } from "../state/trace.ts";
import { TraceLedger } from "./TraceLedger.tsx";
import { traceSentence } from "./sentence.ts";
import { buildWaterfall, type Waterfall } from "./waterfall.ts";
import { TopLine } from "./TopLine.tsx";
import { WaterfallView } from "./WaterfallView.tsx";

const route = getRouteApi("/trace/$traceId");

export function TracePage() {
  const { traceId } = route.useParams();
  const state = route.useSearch();
  const navigate = useNavigate();
  const trace = useQuery(traceQuery(traceId));
  const ledger = useQuery({ ...traceLedgerQuery(traceId), enabled: trace.data !== undefined });
  const waterfall = useMemo(
    () => (trace.data === undefined ? undefined : buildWaterfall(trace.data)),
    [trace.data],
  );
  useTitle(waterfall?.rows[0]?.span.name ?? `Trace ${shortId(traceId)}`);
  const change = (next: TraceState): void =>
    void navigate({
      to: "/trace/$traceId",
      params: { traceId },
      search: next,
      replace: !isStep(state, next),
      resetScroll: false,
    });

  return (
    <>
      <TopLine trace={trace.data}>
        <li>
          Trace <code title={traceId}>{`${traceId.slice(0, 8)}…${traceId.slice(-4)}`}</code>
          <CopyButton quiet text={() => traceId} label="Copy the trace id">
            Copy
          </CopyButton>
        </li>
      </TopLine>
      {trace.data !== undefined && waterfall !== undefined ? (
        <>
          <Sentence parts={traceSentence(trace.data, waterfall, ledger.data)} />
          <Facts trace={trace.data} waterfall={waterfall} />
          {waterfall.rows.length > 0 && <TraceLedger trace={trace.data} />}
          {trace.isError && (
            <Failed
              what="The trace could not be read again"
              error={trace.error}
              onRetry={() => void trace.refetch()}
            />
          )}
          {waterfall.rows.length > 0 && (
            <WaterfallView trace={trace.data} waterfall={waterfall} state={state} onChange={change} />
          )}
        </>
      ) : trace.isError ? (
        <TraceFailed error={trace.error} onRetry={() => void trace.refetch()} />
      ) : (
        <h1 className="sentence faint">Reading the trace.</h1>
      )}
    </>
  );
}

function TraceFailed(props: { readonly error: Error; readonly onRetry: () => void }) {
  const missing = props.error instanceof ApiError && props.error.code === "trace_not_found";
  return (
    <>
      <h1 className="sentence">{missing ? "This trace was not found." : "The trace could not be read."}</h1>
      {missing && (
        <p className="muted">
          It may not have arrived yet, it may have been dropped by sampling, or its time to be kept is over.
        </p>
      )}
      <section>
        <Failed
          what={missing ? "Not found" : "The trace could not be read"}
          error={props.error}
          onRetry={props.onRetry}
        />
      </section>
    </>
  );
}

function Facts({ trace, waterfall }: { readonly trace: Trace; readonly waterfall: Waterfall }) {
  const services = new Set(trace.spans.map((span) => span.service)).size;
  const samples = trace.spans.reduce((sum, span) => sum + span.profile.selfSamples, 0);
  const errors = waterfall.errors.length;
  const orphans = waterfall.rows.filter((row) => row.orphan).length;
  return (
    <p className="facts">
      <Fact number={waterfall.rows.length} word="span" />
      <Fact number={services} word="service" />
      <Fact number={samples} word="sample" />
      {errors === 0 ? <span>no errors</span> : <span className="bad">{counted(errors, "error")}</span>}
      <span>{trace.complete ? "complete" : orphans > 0 ? "A parent is missing" : "The root is missing"}</span>
    </p>
  );
}

function Fact(props: { readonly number: number; readonly word: string }) {
  return (
    <span>
      <b>{count(props.number)}</b> {props.word}
      {props.number !== 1 && "s"}
    </span>
  );
}
