import "./profile.css";
import { type ReactNode, useMemo, useState } from "react";
import type { Profile } from "../api/types.ts";
import { foundWords } from "../flamegraph/describe.ts";
import { FlameView } from "../flamegraph/FlameView.tsx";
import { matchNodes } from "../flamegraph/functions.ts";
import type { Picture } from "../flamegraph/picture.ts";
import { sandwichOf } from "../flamegraph/sandwich-state.ts";
import { StepBar } from "../flamegraph/StepBar.tsx";
import { applySteps } from "../flamegraph/transform/transform.ts";
import { buildTree, withRootName } from "../flamegraph/tree.ts";
import { compact } from "../state/raw.ts";
import { addChip } from "../state/filters.ts";
import type { ProfileViewState } from "../state/profile-view.ts";
import { FilterBar } from "./FilterBar.tsx";

interface Whole {
  readonly value: number;
  readonly words: string;
}

/** Filters, drawing, tree and table of one profile; zoom and selection live in the address. */
export function ProfileView<S extends ProfileViewState>(props: {
  /** Undefined: the first answer refused the filters, so there is nothing but them to show. */
  readonly profile: Profile | undefined;
  readonly state: S;
  readonly problem: string | undefined;
  readonly ownName: string;
  readonly rootName: string;
  readonly whole: Whole;
  readonly onPicture?: (picture: Picture | undefined) => void;
  /** Instead of a drawing without any time in it. */
  readonly nothingLeft: ReactNode;
  readonly onChange: (state: S) => void;
}) {
  const { profile, state } = props;
  const [draft, setDraft] = useState<string>();
  const { rootName } = props;
  const tree = useMemo(
    () =>
      profile === undefined ? undefined : buildTree(applySteps(withRootName(profile, rootName), state.step)),
    [profile, rootName, state.step],
  );
  const set = (change: Partial<ProfileViewState>): void => props.onChange(compact({ ...state, ...change }));

  const found = (pattern: string): string | undefined => {
    const matched = tree === undefined ? undefined : matchNodes(tree, pattern);
    return tree === undefined || matched === undefined ? undefined : foundWords(tree, matched, props.whole);
  };
  const stepped = (state.step?.length ?? 0) > 0;
  return (
    <>
      <FilterBar
        state={state}
        problem={props.problem}
        sumOf={(chip) => (chip.name === "highlight" ? found(chip.pattern) : undefined)}
        found={draft === undefined ? undefined : found(draft)}
        onChange={props.onChange}
        onDraft={setDraft}
        onReset={state.zoom === undefined ? undefined : () => set({ zoom: undefined })}
      />
      <StepBar
        steps={state.step ?? []}
        sandwich={state.sandwich}
        onSteps={(step) =>
          set({
            step: step.length > 0 ? step : undefined,
            ...sandwichOf(undefined),
            zoom: undefined,
            at: undefined,
          })
        }
        onSandwich={(key) => set(sandwichOf(key))}
      />
      {tree !== undefined &&
        (tree.profile.total > 0 ? (
          <FlameView
            tree={tree}
            state={state}
            ownName={props.ownName}
            whole={props.whole}
            draft={draft}
            onPicture={props.onPicture}
            set={set}
            onHighlight={(pattern) => props.onChange(addChip(state, { name: "highlight", pattern }))}
          />
        ) : stepped && (profile?.total ?? 0) > 0 ? (
          <div className="say" role="status">
            <div>
              <h3>No time is left</h3>
              <p className="muted">The transforms took all of it out. Undoing one brings frames back.</p>
            </div>
          </div>
        ) : (
          props.nothingLeft
        ))}
    </>
  );
}
