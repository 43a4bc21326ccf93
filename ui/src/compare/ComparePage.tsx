import "./compare.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError } from "../api/client.ts";
import { useKnownValues } from "../api/known-values.ts";
import { compareQuery } from "../api/profile-queries.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { Failed } from "../components/Failed.tsx";
import { SelectionFields } from "../components/SelectionFields.tsx";
import { useNow } from "../lib/now.ts";
import { useTitle } from "../lib/useTitle.ts";
import { useLastGood } from "../profile/useLastGood.ts";
import {
  compareBody,
  type CompareState,
  type Normalise,
  perOf,
  swapped,
  usualPer,
} from "../state/compare.ts";
import { compareChoices } from "../state/compare-choices.ts";
import { onlySelects } from "../state/profile-view.ts";
import { lastingLink } from "../state/lasting-link.ts";
import { compact } from "../state/raw.ts";
import { timeRange } from "../state/range.ts";
import { Compared } from "./Compared.tsx";
import { NotComparable } from "./NotComparable.tsx";
import { SideCards, sideWordsOf } from "./SideCards.tsx";

const route = getRouteApi("/compare");

export function ComparePage() {
  const state = route.useSearch();
  const now = useNow();
  const navigate = useNavigate();
  const change = (next: CompareState): void =>
    void navigate({ to: "/compare", search: next, resetScroll: false, replace: onlySelects(state, next) });
  const range = timeRange(state, now);
  const known = useKnownValues(state.service, range);
  const body = useMemo(() => compareBody(state, now), [state, now]);
  const answer = useQuery(compareQuery(body));
  // A pattern the server refuses is the field's problem; the picture stays.
  const refused = answer.error instanceof ApiError && answer.error.code === "bad_filter";
  const last = useLastGood(`${state.service} ${state.base} ${state.other}`, answer.data);
  const data = answer.data ?? (refused ? last : undefined);
  useTitle(
    body === undefined ? "Compare" : `${sideWordsOf(state, "base")} against ${sideWordsOf(state, "other")}`,
  );
  const hasSides = state.base !== undefined || state.other !== undefined;
  return (
    <>
      <div className="filters" role="group" aria-label="What is compared">
        <SelectionFields
          state={state}
          range={range}
          onChange={(next) => change(compact({ ...next, zoom: undefined, at: undefined }))}
        />
        {hasSides && (
          <>
            <label className="field">
              <span>Per</span>
              <select
                value={perOf(state)}
                onChange={(event) => {
                  const per = event.target.value as Normalise;
                  change(compact({ ...state, per: per === usualPer(state) ? undefined : per }));
                }}
              >
                <option value="per_span">span</option>
                <option value="per_second">second</option>
                <option value="share">share of all</option>
              </select>
            </label>
            <button type="button" className="btn quiet" onClick={() => change(swapped(state))}>
              Swap sides
            </button>
            <CopyButton quiet text={() => lastingLink(location.href, range)}>
              Copy link
            </CopyButton>
          </>
        )}
      </div>
      {body === undefined ? (
        <Choose state={state} range={range} known={known} now={now} onChange={change} />
      ) : data !== undefined ? (
        <Compared
          answer={data}
          state={state}
          now={now}
          known={known}
          problem={refused ? answer.error?.message : undefined}
          error={refused ? null : answer.error}
          onRetry={() => void answer.refetch()}
          onChange={change}
        />
      ) : answer.error instanceof ApiError && answer.error.code === "not_comparable" ? (
        <>
          <NotComparable state={state} why={answer.error.message} onChange={change} />
          <Sides state={state} now={now} known={known} onChange={change} />
        </>
      ) : answer.isError ? (
        <>
          <h1 className="sentence">The comparison could not be made.</h1>
          <Sides state={state} now={now} known={known} onChange={change} />
          <section>
            <Failed
              what="The profiles could not be compared"
              error={answer.error}
              onRetry={() => void answer.refetch()}
            />
          </section>
        </>
      ) : (
        <>
          <h1 className="sentence faint">
            Comparing {sideWordsOf(state, "base")} with {sideWordsOf(state, "other")}.
          </h1>
          <Sides state={state} now={now} known={known} onChange={change} />
          <p className="muted small" role="status">
            <span className="spin" aria-hidden="true" /> The samples of both sides are read.
          </p>
        </>
      )}
    </>
  );
}

interface SidesProps {
  readonly state: CompareState;
  readonly now: number;
  readonly known: ReturnType<typeof useKnownValues>;
  readonly onChange: (state: CompareState) => void;
}

const Sides = (props: SidesProps) => (
  <SideCards {...props} answer={undefined} diff={undefined} unit={undefined} />
);

/** Nothing to compare yet: what may be. */
function Choose(props: SidesProps & { readonly range: { readonly from: number; readonly to: number } }) {
  const { state, known, range } = props;
  if (state.service === undefined) {
    return (
      <>
        <h1 className="sentence">What should be compared?</h1>
        <p className="muted">
          Choose a service: two of its versions, times, instances, or slow requests with fast ones. Or begin
          from <Link to="/profiles">a profile</Link>, from slow traces on the heatmap of the{" "}
          <Link to="/">search</Link>, or from a <Link to="/root-cause">root cause</Link>.
        </p>
      </>
    );
  }
  const choices = compareChoices(state, range, {
    versions: known.version.map(({ value }) => value).toReversed(),
    instances: known.instance.map(({ value }) => value),
  });
  const same = state.base !== undefined && state.base === state.other;
  return (
    <>
      <h1 className="sentence">
        {same ? "Both sides are the same." : `What should ${state.endpoint ?? state.service} be compared by?`}
      </h1>
      <ul className="choices">
        {choices.map(({ words, note, state: next }) => (
          <li key={note}>
            <Link to="/compare" search={next}>
              {words}
            </Link>
            <span className="muted">{note}</span>
          </li>
        ))}
      </ul>
      <p className="muted note">Or write both sides yourself:</p>
      <Sides {...props} />
    </>
  );
}
