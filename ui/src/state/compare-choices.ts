// What a selection may be compared with: the choices offered where no second side is known yet. Pure.
import type { CompareSide } from "./compare-side.ts";
import { compareSideText, compareSideWords } from "./compare-side.ts";
import type { CompareState } from "./compare.ts";
import { compact } from "./raw.ts";
import { type SelectionState, subjectOf } from "./selection.ts";

export interface Known {
  /** Those with samples in the range, the latest first. */
  readonly versions: readonly string[];
  /** Process ids of 32 hex digits. */
  readonly instances: readonly string[];
}

export interface CompareChoice {
  readonly words: string;
  readonly note: string;
  readonly state: CompareState;
}

const mostInstances = 4;

/** `range` is what is looked at, in Unix ms. */
export function compareChoices(
  state: SelectionState,
  range: { readonly from: number; readonly to: number },
  known: Known,
): readonly CompareChoice[] {
  const { type } = state;
  const make = (
    words: string,
    without: Partial<CompareState>,
    base: CompareSide,
    other: CompareSide,
    times: Partial<CompareState> = range,
  ): CompareChoice => ({
    words,
    note: `${compareSideWords(base)} against ${compareSideWords(other)}`,
    state: compact<CompareState>({
      ...subjectOf(state),
      type,
      ...times,
      ...without,
      base: compareSideText(base),
      other: compareSideText(other),
    }),
  });
  const choices: CompareChoice[] = [];

  const [current] = state.version ?? known.versions;
  const before = known.versions.find(
    (version, index) =>
      version !== current &&
      (current === undefined || !known.versions.includes(current) || index > known.versions.indexOf(current)),
  );
  if (current !== undefined && before !== undefined) {
    // A process has one version.
    const open = { version: undefined, instance: undefined };
    choices.push(make("The version before", open, { version: [before] }, { version: [current] }));
  }

  const length = range.to - range.from;
  choices.push(
    make(
      "The time before",
      {},
      { from: Math.max(0, range.from - length), to: range.from },
      { from: range.from, to: range.to },
      { from: Math.max(0, range.from - length), to: range.to },
    ),
  );

  const [chosen] = state.instance ?? [];
  const others = known.instances.filter((instance) => instance !== chosen);
  const one = chosen ?? others.shift();
  if (one !== undefined) {
    for (const instance of others.slice(0, mostInstances)) {
      choices.push(
        make("Another instance", { instance: undefined }, { instance: [instance] }, { instance: [one] }),
      );
    }
  }
  return choices;
}
