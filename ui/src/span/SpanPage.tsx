import "../trace/trace.css";
import "./span.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError } from "../api/client.ts";
import { spanLedgerQuery } from "../api/ledger-queries.ts";
import { spanProfileQuery, traceQuery } from "../api/queries.ts";
import type { TraceSpan } from "../api/types.ts";
import { Failed } from "../components/Failed.tsx";
import { Sentence } from "../components/Sentence.tsx";
import { buildTree } from "../flamegraph/tree.ts";
import { shortId } from "../lib/format.ts";
import { useTitle } from "../lib/useTitle.ts";
import { onlySelects } from "../state/profile-view.ts";
import { compact } from "../state/raw.ts";
import type { SpanState } from "../state/span.ts";
import { Attributes, whereItRan } from "../trace/SpanDetails.tsx";
import { ownOf } from "../ledger/holders.ts";
import { DelayedList } from "../ledger/DelayedList.tsx";
import { TopLine } from "../trace/TopLine.tsx";
import { Facts } from "./Facts.tsx";
import { LedgerPanel } from "./LedgerPanel.tsx";
import { ProfilePanel } from "./ProfilePanel.tsx";
import { spanSentence } from "./sentence.ts";

const route = getRouteApi("/trace/$traceId/span/$spanId");

export function SpanPage() {
  const { traceId, spanId } = route.useParams();
  const state = route.useSearch();
  const navigate = useNavigate();
  const trace = useQuery(traceQuery(traceId));
  // The sentence speaks of the span, whatever the filters below show.
  const profiled = useQuery(spanProfileQuery(traceId, spanId, {}));
  const profile = profiled.data?.profile;
  const tree = useMemo(() => (profile === undefined ? undefined : buildTree(profile)), [profile]);
  const ledger = useQuery(spanLedgerQuery(traceId, spanId));
  const span = trace.data?.spans.find((one) => one.spanId === spanId);
  useTitle(span === undefined ? `Span ${shortId(spanId)}` : `${span.name} · ${span.service}`);
  const change = (next: SpanState): void =>
    void navigate({
      to: "/trace/$traceId/span/$spanId",
      params: { traceId, spanId },
      search: next,
      replace: onlySelects(state, next),
      resetScroll: false,
    });

  const missing =
    (trace.isSuccess && span === undefined) ||
    (profiled.error instanceof ApiError && profiled.error.code === "span_not_found");
  return (
    <>
      <TopLine trace={trace.data}>
        <li>
          <Link to="/trace/$traceId" params={{ traceId }} search={{ span: spanId }}>
            Trace <code>{`${traceId.slice(0, 8)}…${traceId.slice(-4)}`}</code>
          </Link>
        </li>
        <li>
          Span <code title={spanId}>{shortId(spanId)}</code>
        </li>
      </TopLine>
      {missing ? (
        <>
          <h1 className="sentence">This span was not found in its trace.</h1>
          <p className="muted">It may not have arrived yet.</p>
        </>
      ) : trace.data !== undefined && span !== undefined ? (
        <>
          <Sentence
            parts={spanSentence(span, {
              ledger: ledger.data,
              answer: profiled.data,
              tree,
              own: ownOf(traceId, [span]),
            })}
          />
          <Facts trace={trace.data} span={span} ledger={ledger.data} />
        </>
      ) : (
        <h1 className="sentence faint">{trace.isError ? `Span ${shortId(spanId)}` : "Reading the span."}</h1>
      )}
      {trace.isError && (
        <section>
          <Failed
            what="The span’s trace could not be read"
            error={trace.error}
            onRetry={() => void trace.refetch()}
          />
        </section>
      )}
      {trace.data !== undefined && span !== undefined && (
        <>
          {/* Keyed: another span's page begins anew. */}
          <LedgerPanel key={spanId} trace={trace.data} span={span} />
          {state.delayed === true ? (
            <DelayedList
              traceId={traceId}
              spanId={spanId}
              name={span.name}
              onClose={() => change(compact({ ...state, delayed: undefined }))}
            />
          ) : (
            ledger.data?.state === "ready" && (
              <p className="note">
                <Link
                  to="/trace/$traceId/span/$spanId"
                  params={{ traceId, spanId }}
                  search={{ ...state, delayed: true }}
                  resetScroll={false}
                >
                  All spans that this span delayed
                </Link>
              </p>
            )
          )}
        </>
      )}
      {!missing && (
        <ProfilePanel traceId={traceId} spanId={spanId} span={span} state={state} onChange={change} />
      )}
      {span !== undefined && <About span={span} />}
    </>
  );
}

function About({ span }: { readonly span: TraceSpan }) {
  return (
    <div className="about">
      <section>
        <div className="head">
          <h2>Attributes</h2>
        </div>
        <Attributes of={span.attributes} none="This span has no attributes." />
      </section>
      <section>
        <div className="head">
          <h2>Where it ran</h2>
        </div>
        <dl className="kv">
          {whereItRan(span).map(([name, value]) => (
            <div className="pair" key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
