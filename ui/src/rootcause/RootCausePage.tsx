import "../ledger/ledger.css";
import "./rootcause.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ApiError } from "../api/client.ts";
import { rootCauseQuery } from "../api/ledger-queries.ts";
import { operationsQuery } from "../api/queries.ts";
import type { RootCause } from "../api/ledger-types.ts";
import { Failed } from "../components/Failed.tsx";
import { Sentence } from "../components/Sentence.tsx";
import { count, duration, ms, percent } from "../lib/format.ts";
import { useNow } from "../lib/now.ts";
import { pWords, signed } from "../lib/signed.ts";
import { useTitle } from "../lib/useTitle.ts";
import { baselineSide, rootCauseBody, type RootCauseState, slowSide } from "../state/root-cause.ts";
import { compareOfCause, type Work, workOf } from "../state/compare-from.ts";
import { sideWords } from "../state/side.ts";
import { AttributeTable } from "./AttributeTable.tsx";
import { ContributionTable } from "./ContributionTable.tsx";
import { Controls } from "./Controls.tsx";
import { ExampleTraces } from "./ExampleTraces.tsx";
import { exampleTraces, markSentence } from "./model.ts";
import { TwoLedgers } from "./TwoLedgers.tsx";

const route = getRouteApi("/root-cause");

export function RootCausePage() {
  const state = route.useSearch();
  const now = useNow();
  const navigate = useNavigate();
  const body = rootCauseBody(state, now);
  const answer = useQuery(rootCauseQuery(body));
  const what = state.operation ?? state.endpoint;
  useTitle(what === undefined ? "Root cause" : `Root cause of ${what}`);
  const change = (next: RootCauseState): void =>
    void navigate({ to: "/root-cause", search: next, resetScroll: false });
  return (
    <>
      <Controls state={state} onChange={change} />
      {body === undefined ? (
        <>
          <h1 className="sentence">Why are some spans slower than others?</h1>
          <p className="muted">
            Choose a service and an operation: its slowest spans are compared with its usual ones. Or select
            slow traces on the heatmap of the search, and ask there.
          </p>
        </>
      ) : answer.isError && !answer.isFetching ? (
        <NotExplained error={answer.error} onRetry={() => void answer.refetch()} />
      ) : answer.data === undefined ? (
        <>
          <h1 className="sentence faint">Comparing the spans of {what}.</h1>
          <p className="muted small" role="status">
            <span className="spin" aria-hidden="true" /> The ledgers of both sides are read; this can take a
            few seconds.
          </p>
        </>
      ) : (
        <Explained answer={answer.data} state={state} />
      )}
    </>
  );
}

function NotExplained(props: { readonly error: Error; readonly onRetry: () => void }) {
  const { error } = props;
  if (error instanceof ApiError && error.code === "not_comparable") {
    return (
      <>
        <h1 className="sentence">Not comparable: {lowerFirst(error.message)}</h1>
        <p className="muted" role="status">
          Fewer spans than that say nothing beyond chance. A longer time range, or wider bounds for the sides,
          may hold more.
        </p>
      </>
    );
  }
  return (
    <>
      <h1 className="sentence">The comparison could not be made.</h1>
      <section>
        <Failed what="The root cause could not be computed" error={error} onRetry={props.onRetry} />
      </section>
    </>
  );
}

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;

function Explained(props: { readonly answer: RootCause; readonly state: RootCauseState }) {
  const { answer, state } = props;
  const work = useWork(state);
  const compare = work === undefined ? undefined : compareOfCause(state, answer, work);
  return (
    <>
      <Sentence parts={markSentence(answer)} />
      <p className="facts">
        <span>
          excess{" "}
          <b>
            {signed(ms(answer.excess.low), answer.excess.low)} …{" "}
            {signed(ms(answer.excess.high), answer.excess.high)} ms
          </b>
          , p {pWords(answer.excess.p)}
        </span>
        <span>
          explained{" "}
          <b>
            {duration(Math.abs(answer.explainedNano))} of {duration(Math.abs(answer.excessNano))}
          </b>
        </span>
        <span>
          slow: <b>{count(answer.slow.spans)}</b> spans read, {sideWords(slowSide(state))}
        </span>
        <span>
          baseline: <b>{count(answer.baseline.spans)}</b>, {sideWords(baselineSide(state))}
        </span>
        <span>
          median <b>{duration(answer.baseline.p50Nano)}</b>, slow median{" "}
          <b>{duration(answer.slow.p50Nano)}</b>
        </span>
        <span>
          <b>{percent(answer.coverage, 0)}</b> of the time profiled
        </span>
        {compare !== undefined && (
          <Link to="/compare" search={compare}>
            Compare their profiles
          </Link>
        )}
      </p>
      {answer.warnings.length > 0 && (
        <p className="note" role="status">
          {answer.warnings.map(warningWords).join(" ")}
        </p>
      )}
      <TwoLedgers answer={answer} />
      <ContributionTable answer={answer} compare={compare} />
      <div className="cols even">
        <AttributeTable answer={answer} />
        <ExampleTraces ids={exampleTraces(answer)} />
      </div>
    </>
  );
}

/** An operation that requests come in by has all that they call as its profile. Undefined until it is known. */
function useWork({ service, operation, endpoint }: RootCauseState): Work | undefined {
  const operations = useQuery(operationsQuery(operation === undefined ? undefined : service));
  if (operation === undefined) return { service, endpoint };
  if (operations.isPending) return undefined;
  return workOf(service, operation, operations.data ?? []);
}

const warnings: Readonly<Record<string, string>> = {
  few_spans: "Few spans: intervals are wide.",
  low_coverage: "Much of the time was not profiled.",
  sides_overlap: "Some spans are on both sides.",
  not_significant: "The sides may differ by chance alone.",
};

/** A code of the API as a sentence; an unknown one with its underscores as spaces. */
const warningWords = (code: string): string => {
  const known = warnings[code];
  if (known !== undefined) return known;
  const text = code.replaceAll("_", " ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
};
