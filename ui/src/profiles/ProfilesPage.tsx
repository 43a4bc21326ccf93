import "./profiles.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError } from "../api/client.ts";
import { profilesQuery, seriesQuery } from "../api/profile-queries.ts";
import type { Profile } from "../api/types.ts";
import { Failed } from "../components/Failed.tsx";
import { SelectionFields } from "../components/SelectionFields.tsx";
import { Sentence } from "../components/Sentence.tsx";
import { buildTree } from "../flamegraph/tree.ts";
import { count, counted, ms, rangeWords } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";
import { useNow } from "../lib/now.ts";
import { useTitle } from "../lib/useTitle.ts";
import { useLastGood } from "../profile/useLastGood.ts";
import { profilesParams, type ProfilesState, seriesParams } from "../state/profiles.ts";
import { partRange, timeRange } from "../state/range.ts";
import { onlySelects } from "../state/profile-view.ts";
import { compact } from "../state/raw.ts";
import { typeOf, typeWords } from "../state/selection.ts";
import { NoSamples, unanswerable } from "./NoSamples.tsx";
import { ProfilesPanel } from "./ProfilesPanel.tsx";
import { fleetSentence, profileSentence, totalWords } from "./sentence.ts";
import {
  coveredMs,
  overTimeWords,
  partWords,
  rateOf,
  type SeriesGrid,
  seriesGrid,
  sumBetween,
  versionsOf,
} from "./series.ts";
import { SeriesSection } from "./SeriesSection.tsx";

const route = getRouteApi("/profiles");
const noVersions: readonly string[] = [];

export function ProfilesPage() {
  const state = route.useSearch();
  const now = useNow();
  const navigate = useNavigate();
  const change = (next: ProfilesState): void =>
    void navigate({ to: "/profiles", search: next, resetScroll: false, replace: onlySelects(state, next) });
  useTitle(state.service === undefined ? "Profiles" : `Profiles of ${state.endpoint ?? state.service}`);
  const range = timeRange(state, now);
  return (
    <>
      <div className="filters" role="group" aria-label="Which samples">
        <SelectionFields
          state={state}
          range={range}
          onChange={(next) => change(compact({ ...next, zoom: undefined, at: undefined }))}
        />
      </div>
      {state.service === undefined ? (
        <Services state={state} now={now} onChange={change} />
      ) : (
        <Service state={state} now={now} onChange={change} />
      )}
    </>
  );
}

interface PageProps {
  readonly state: ProfilesState;
  readonly now: number;
  readonly onChange: (state: ProfilesState) => void;
}

function useGrid(state: ProfilesState, now: number, groupBy: string) {
  const answer = useQuery(seriesQuery(seriesParams(state, now, groupBy)));
  const { from, to } = timeRange(state, now);
  const grid = useMemo(
    () => (answer.data === undefined ? undefined : seriesGrid(answer.data, { from, to })),
    [answer.data, from, to],
  );
  return { answer, grid };
}

/** No service is chosen: who uses how much. */
function Services({ state, now, onChange }: PageProps) {
  const { answer, grid } = useGrid(state, now, "service");
  const type = typeOf(state);
  const { from, to } = partRange(state, now);
  const top = grid === undefined ? undefined : topLine(grid, from, to);
  const forMs = grid === undefined ? 0 : coveredMs(grid, from, to);
  if (answer.isError && grid === undefined) {
    return (
      <section>
        <Failed
          what="The services could not be read"
          error={answer.error}
          onRetry={() => void answer.refetch()}
        />
      </section>
    );
  }
  if (grid === undefined) return <h1 className="sentence faint">Reading what the services do.</h1>;
  return (
    <>
      <Sentence
        parts={fleetSentence(
          type,
          top === undefined ? undefined : { name: top.key, rate: rateOf(type, top.value, forMs) },
          rateOf(type, sumBetween(grid, grid.total, from, to), forMs),
        )}
      />
      <p className="facts">
        <span>{rangeWords(from, to)}</span>
        <Sampled ms={forMs} ofMs={to - from} />
        <span>
          <b>{counted(grid.lines.length, "service")}</b>
        </span>
      </p>
      {grid.sum > 0 ? (
        <SeriesSection
          grid={grid}
          split={grid}
          what="service"
          state={state}
          onChange={onChange}
          refetchError={answer.error}
        />
      ) : (
        <div className="say" role="status">
          <div>
            <h2>No samples of {typeWords[type]}</h2>
            <p className="muted">Look further back, or at another type of profile.</p>
          </div>
        </div>
      )}
    </>
  );
}

// Windows are ten seconds, and the last one is on its way.
const nearlyAll = 0.95;

/** Where agents sampled for a part of the time only: what rates are over. */
function Sampled({ ms: sampled, ofMs }: { readonly ms: number; readonly ofMs: number }) {
  return sampled > 0 && sampled < nearlyAll * ofMs ? (
    <span title="Rates are means over this time">
      <b>{partWords(sampled, ofMs)}</b> sampled
    </span>
  ) : null;
}

function topLine(grid: SeriesGrid, from: number, to: number): { key: string; value: number } | undefined {
  let best: { key: string; value: number } | undefined;
  for (const line of grid.lines) {
    const value = sumBetween(grid, line.values, from, to);
    if (value > (best?.value ?? 0)) best = { key: line.key, value };
  }
  return best;
}

function Service({ state, now, onChange }: PageProps) {
  const type = typeOf(state);
  const byVersion = useGrid(state, now, "version");
  const split = state.split ?? "version";
  const bySplit = useGrid(state, now, split);
  const { from, to } = partRange(state, now);
  const cannot = unanswerable(state) !== undefined;
  const answer = useQuery(profilesQuery(cannot ? undefined : profilesParams(state, now)));
  // A pattern the server refuses is the field's problem; the picture stays.
  const refused = answer.error instanceof ApiError && answer.error.code === "bad_filter";
  const last = useLastGood(`${state.service} ${type}`, answer.data);
  const profile: Profile | undefined = answer.data ?? (refused ? last : undefined);
  const tree = useMemo(() => (profile === undefined ? undefined : buildTree(profile)), [profile]);
  // While another time is read, the picture is still of its own.
  const seen =
    profile === undefined
      ? { from, to }
      : { from: toUnixMs(profile.startUnixNano), to: toUnixMs(profile.endUnixNano) };
  const forMs = byVersion.grid === undefined ? undefined : coveredMs(byVersion.grid, seen.from, seen.to);
  const whose = state.endpoint ?? state.operation ?? state.service ?? "";
  const versions = useMemo(
    () => (byVersion.grid === undefined ? noVersions : versionsOf(byVersion.grid)),
    [byVersion.grid],
  );
  if (cannot) {
    return (
      <>
        <h1 className="sentence">
          {typeWords[type]} of {whose}
        </h1>
        <section>
          <NoSamples state={state} onChange={onChange} />
        </section>
      </>
    );
  }
  return (
    <>
      {tree === undefined ? (
        <h1 className={answer.isError ? "sentence" : "sentence faint"}>
          {answer.isError ? `The profile of ${whose} could not be read.` : `Reading the samples of ${whose}.`}
        </h1>
      ) : (
        <>
          <Sentence parts={profileSentence(type, whose, tree, forMs)} />
          <p className="facts">
            <span>{rangeWords(seen.from, seen.to)}</span>
            {forMs !== undefined && <Sampled ms={forMs} ofMs={seen.to - seen.from} />}
            <span>
              <b>{totalWords(tree)}</b> {typeWords[type]}
            </span>
            <span>
              <b>{count(tree.profile.samples)}</b>{" "}
              {type === "loop_hold" ? "delays" : tree.profile.samples === 1 ? "sample" : "samples"}
            </span>
            {tree.profile.periodNano > 0 && <span>one sample every {ms(tree.profile.periodNano)} ms</span>}
            {tree.profile.samples > 0 && tree.profile.samples < 10 && (
              <span>few samples, shares are rough</span>
            )}
            {tree.profile.truncated && (
              <span>
                {type === "loop_hold"
                  ? "windows with short turns are left out"
                  : "the smallest frames are folded into “other”"}
              </span>
            )}
          </p>
        </>
      )}
      {byVersion.answer.isError && byVersion.grid === undefined ? (
        <section>
          <Failed
            what={`${overTimeWords(type)} could not be read`}
            error={byVersion.answer.error}
            onRetry={() => void byVersion.answer.refetch()}
          />
        </section>
      ) : (
        byVersion.grid !== undefined &&
        byVersion.grid.sum > 0 && (
          <SeriesSection
            grid={byVersion.grid}
            split={state.split === undefined ? undefined : bySplit.grid}
            what={split}
            state={state}
            onChange={onChange}
            refetchError={byVersion.answer.error ?? bySplit.answer.error}
          />
        )
      )}
      <ProfilesPanel
        state={state}
        profile={profile}
        error={answer.error}
        refused={refused}
        range={{ from, to }}
        versions={versions}
        query={profilesParams(state, now)}
        whose={whose}
        onChange={onChange}
        onRetry={() => void answer.refetch()}
      />
    </>
  );
}
