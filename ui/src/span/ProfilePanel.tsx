import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useRef } from "react";
import { ApiError } from "../api/client.ts";
import { spanLedgerQuery } from "../api/ledger-queries.ts";
import { spanProfileQuery } from "../api/queries.ts";
import type { TraceSpan } from "../api/types.ts";
import { Failed } from "../components/Failed.tsx";
import { ToggleGroup } from "../components/ToggleGroup.tsx";
import type { Picture } from "../flamegraph/picture.ts";
import { OrderChoice } from "../profile/OrderChoice.tsx";
import { ViewChoice } from "../profile/ViewChoice.tsx";
import { counted, ms, shortId } from "../lib/format.ts";
import { useStable } from "../lib/useStable.ts";
import { compact } from "../state/raw.ts";
import { ExportMenu } from "../profile/ExportMenu.tsx";
import { ProfileView } from "../profile/ProfileView.tsx";
import { useLastGood } from "../profile/useLastGood.ts";
import { profileParams, type SpanState } from "../state/span.ts";
import { NoProfile } from "./NoProfile.tsx";
import { NothingLeft } from "./NothingLeft.tsx";

/** "Profile for this span": the switches, and what the state of the samples allows to show. */
export function ProfilePanel(props: {
  readonly traceId: string;
  readonly spanId: string;
  readonly span: TraceSpan | undefined;
  readonly state: SpanState;
  readonly onChange: (state: SpanState) => void;
}) {
  const { traceId, spanId, span, state } = props;
  const set = (change: Partial<SpanState>): void => props.onChange(compact({ ...state, ...change }));
  const answer = useQuery(spanProfileQuery(traceId, spanId, profileParams(state)));
  // The page asks for it anyway.
  const periodNano = useQuery(spanLedgerQuery(traceId, spanId)).data?.coverage.periodNano;
  const profile = answer.data?.profile;
  const { error } = answer;
  const retry = (): void => void answer.refetch();
  // A pattern the server refuses is the field's problem; the picture stays.
  const patternProblem = error instanceof ApiError && error.code === "bad_filter" ? error.message : undefined;
  const last = useLastGood(`${traceId} ${spanId}`, profile);
  const shown = profile ?? (patternProblem === undefined ? undefined : last);

  const childrenHaveMore = (span?.profile.subtreeSamples ?? 0) > (span?.profile.selfSamples ?? 0);
  const onSubtree =
    state.scope === undefined && childrenHaveMore ? () => set({ scope: "subtree" }) : undefined;

  const picture = useRef<Picture>(undefined);
  const onPicture = useStable((drawn: Picture | undefined): void => void (picture.current = drawn));
  const fileName = `hotspan-${shortId(traceId)}-${shortId(spanId)}`;
  let panel: ReactNode;
  if (error !== null && patternProblem === undefined && shown === undefined) {
    panel = <Failed what="The profile could not be read" error={error} onRetry={retry} />;
  } else if (shown !== undefined) {
    panel = (
      <>
        {error !== null && patternProblem === undefined && (
          <Failed what="The profile could not be read again" error={error} onRetry={retry} />
        )}
        <ProfileView
          profile={shown}
          state={state}
          problem={patternProblem}
          ownName={span?.service ?? "this service"}
          rootName={span?.name ?? "span"}
          onPicture={onPicture}
          nothingLeft={<NothingLeft state={state} onSubtree={onSubtree} />}
          whole={
            state.scope === undefined && span !== undefined
              ? { value: span.durationNano, words: "span" }
              : { value: shown.total, words: "all" }
          }
          onChange={props.onChange}
        />
      </>
    );
  } else if (patternProblem !== undefined) {
    panel = (
      <ProfileView
        profile={undefined}
        state={state}
        problem={patternProblem}
        ownName=""
        rootName=""
        nothingLeft={null}
        whole={{ value: 0, words: "all" }}
        onChange={props.onChange}
      />
    );
  } else if (answer.data !== undefined) {
    panel = <NoProfile answer={answer.data} span={span} periodNano={periodNano} onSubtree={onSubtree} />;
  } else {
    panel = (
      <div className="say" role="status">
        <p className="muted">
          <span className="spin" aria-hidden="true" /> Reading the samples of this span.
        </p>
      </div>
    );
  }

  return (
    <section aria-labelledby="profile-title">
      <div className="head">
        <h2 id="profile-title">Flame graph</h2>
        {shown !== undefined && (
          <span className="muted">
            {shown.unit === "nanoseconds" &&
              `${ms(shown.total)} ms ${state.type === "cpu" ? "of CPU time" : "seen"} · `}
            {counted(shown.samples, "sample")}
            {shown.periodNano > 0 && ` · one sample every ${ms(shown.periodNano)} ms`}
            {shown.samples > 0 && shown.samples < 10 && " · few samples, shares are rough"}
            {shown.truncated && " · the smallest frames are folded into “other”"}
          </span>
        )}
        <span className="end">
          <ToggleGroup
            label="Samples of"
            value={state.scope ?? "self"}
            choices={[
              { value: "self", words: "This span" },
              { value: "subtree", words: "With children" },
            ]}
            onChange={(scope) =>
              set({ scope: scope === "self" ? undefined : scope, zoom: undefined, at: undefined })
            }
          />
          <ToggleGroup
            label="Kind of time"
            value={state.type ?? "wall"}
            choices={[
              { value: "wall", words: "Wall" },
              { value: "cpu", words: "CPU" },
            ]}
            onChange={(type) => set({ type: type === "wall" ? undefined : type })}
          />
          <OrderChoice state={state} onChange={set} />
          <ViewChoice view={state.view} onChange={(view) => set({ view })} />
          {answer.data?.state === "ready" && (
            <ExportMenu
              path={`traces/${traceId}/spans/${spanId}/profile`}
              query={profileParams(state)}
              fileName={fileName}
              state={state}
              picture={picture}
            />
          )}
        </span>
      </div>
      {panel}
    </section>
  );
}
