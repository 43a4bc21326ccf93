import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import type { QueryValue } from "../api/client.ts";
import { threadsQuery } from "../api/profile-queries.ts";
import type { Profile } from "../api/types.ts";
import { Drop } from "../components/Drop.tsx";
import { Failed } from "../components/Failed.tsx";
import type { Picture } from "../flamegraph/picture.ts";
import { useNow } from "../lib/now.ts";
import { useStable } from "../lib/useStable.ts";
import { OrderChoice } from "../profile/OrderChoice.tsx";
import { ViewChoice } from "../profile/ViewChoice.tsx";
import { ExportMenu } from "../profile/ExportMenu.tsx";
import { ProfileView } from "../profile/ProfileView.tsx";
import { compareChoices } from "../state/compare-choices.ts";
import type { ProfilesState } from "../state/profiles.ts";
import { timeRange } from "../state/range.ts";
import { compact } from "../state/raw.ts";
import { typeOf, typeWords } from "../state/selection.ts";
import { NoSamples } from "./NoSamples.tsx";

/** The profile of the selection: its switches, and what there is to show of it. */
export function ProfilesPanel(props: {
  readonly state: ProfilesState;
  readonly profile: Profile | undefined;
  readonly error: Error | null;
  /** The error is about a filter. */
  readonly refused: boolean;
  readonly range: { readonly from: number; readonly to: number };
  readonly versions: readonly string[];
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly whose: string;
  readonly onChange: (state: ProfilesState) => void;
  readonly onRetry: () => void;
}) {
  const { state, profile, error, refused, whose } = props;
  const set = (change: Partial<ProfilesState>): void => props.onChange(compact({ ...state, ...change }));
  const failed =
    error === null || refused ? null : (
      <Failed what="The profile could not be read" error={error} onRetry={props.onRetry} />
    );
  const now = useNow();
  const picture = useRef<Picture>(undefined);
  const onPicture = useStable((drawn: Picture | undefined): void => void (picture.current = drawn));
  const fileName = `hotspan-${whose.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replace(/^-|-$/g, "")}`;
  let panel: ReactNode;
  if (profile === undefined && !refused) {
    panel = failed ?? (
      <div className="say" role="status">
        <p className="muted">
          <span className="spin" aria-hidden="true" /> Reading the samples.
        </p>
      </div>
    );
  } else {
    panel = (
      <>
        {failed}
        <ProfileView
          profile={profile}
          state={state}
          problem={refused && error !== null ? error.message : undefined}
          ownName={state.service ?? "services"}
          rootName={whose}
          whole={{ value: profile?.total ?? 0, words: "all" }}
          onPicture={onPicture}
          nothingLeft={<NoSamples state={state} onChange={props.onChange} />}
          onChange={props.onChange}
        />
      </>
    );
  }
  return (
    <section aria-labelledby="profile-title">
      <div className="head">
        <h2 id="profile-title">Flame graph</h2>
        <span className="muted">
          {typeWords[typeOf(state)]}, all of {whose} together
        </span>
        <span className="end">
          <OrderChoice state={state} onChange={set} />
          <ViewChoice view={state.view} onChange={(view) => set({ view })} />
          {profile !== undefined && profile.samples > 0 && (
            <>
              <CompareMenu state={state} range={props.range} versions={props.versions} />
              <ExportMenu
                path="profiles"
                query={props.query}
                fileName={fileName}
                state={state}
                picture={picture}
                range={timeRange(state, now)}
              />
            </>
          )}
        </span>
      </div>
      {panel}
    </section>
  );
}

function CompareMenu(props: {
  readonly state: ProfilesState;
  readonly range: { readonly from: number; readonly to: number };
  readonly versions: readonly string[];
}) {
  const { state, range, versions } = props;
  const threads = useQuery(threadsQuery(state.service, range));
  const instances = [...new Set((threads.data ?? []).map(({ instance }) => instance))];
  const choices = compareChoices(state, range, { versions, instances });
  return (
    <Drop label="Compare with">
      {(close) => (
        <ul>
          {choices.map(({ words, note, state: next }) => (
            <li key={note}>
              <Link to="/compare" search={next} onClick={close}>
                {words}
                <small>{note}</small>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Drop>
  );
}
