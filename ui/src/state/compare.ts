// The state of the comparison of two profiles in the address.
import type { CompareBody } from "@hotspan/query-api/types";
import type { SandwichState } from "../flamegraph/sandwich-state.ts";
import { type CompareSide, compareSideText, readCompareSide, wholeSide } from "./compare-side.ts";
import { validateFilters } from "./filters.ts";
import { type ProfileViewState, validateProfileView } from "./profile-view.ts";
import type { ProfilesState } from "./profiles.ts";
import { type RangeState, timeRange, validateRange } from "./range.ts";
import { compact, type RawSearch, readChoice, readText } from "./raw.ts";
import { type SelectionState, subjectOf, typeOf, validateSelection } from "./selection.ts";

export const normalisations = ["per_span", "per_second", "share"] as const;
export type Normalise = (typeof normalisations)[number];

/** What both sides have in common, and what each has of its own. */
export interface CompareState
  extends SelectionState,
    RangeState,
    Omit<ProfileViewState, "sort" | "step" | "order" | keyof SandwichState> {
  /** See compare-side.ts. */
  readonly base?: string | undefined;
  readonly other?: string | undefined;
  /** Absent: as fits the type. */
  readonly per?: Normalise | undefined;
  readonly by?: "base" | "other" | undefined;
}

const sideText = (raw: RawSearch, name: string): string | undefined => {
  const side = readCompareSide(readText(raw, name));
  return side === undefined ? undefined : compareSideText(side);
};

export function validateCompare(raw: RawSearch): CompareState {
  const selection = validateSelection(raw);
  const { view, zoom, at } = validateProfileView(raw);
  const per = normalisations.find((one) => one === readText(raw, "per"));
  return compact<CompareState>({
    ...selection,
    ...validateRange(raw),
    ...validateFilters(raw),
    view,
    zoom,
    at,
    base: sideText(raw, "base"),
    other: sideText(raw, "other"),
    per: per === usualPer(selection) ? undefined : per,
    by: readChoice(raw, "by", ["change", "base", "other"]) as "base" | "other" | undefined,
  });
}

/** Requests are what time is spent on; what is alive belongs to none, what is allocated is a rate. */
export function usualPer(state: SelectionState): Normalise {
  switch (typeOf(state)) {
    case "cpu":
    case "wall":
    case "loop_hold":
      return "per_span";
    case "heap_alloc":
      return "per_second";
    case "heap_inuse":
      return "share";
  }
}

export const perOf = (state: CompareState): Normalise => state.per ?? usualPer(state);

export type SideName = "base" | "other";

/** A side as it is asked for, times included. */
export function sideOf(state: CompareState, name: SideName, nowMs: number): CompareSide {
  return { ...timeRange(state, nowMs), ...wholeSide(subjectOf(state), readCompareSide(state[name]) ?? {}) };
}

/** The request; undefined until there are a service and two sides that differ. */
export function compareBody(state: CompareState, nowMs: number): CompareBody | undefined {
  if (state.base === state.other) return undefined;
  const { highlight: _, ...filters } = { ...state };
  const side = (name: SideName): CompareBody["base"] => {
    const { thread, ...rest } = sideOf(state, name, nowMs);
    return compact({
      ...rest,
      thread: thread?.map(Number),
      type: typeOf(state),
    }) as CompareBody["base"];
  };
  const [base, other] = [side("base"), side("other")];
  if (base.service === undefined || other.service === undefined) return undefined;
  const { focus, hide, show } = filters;
  return compact({
    base,
    other,
    normalise: perOf(state),
    filters: compact({ focus, hide, show }) as CompareBody["filters"],
  }) as CompareBody;
}

export function swapped(state: CompareState): CompareState {
  return compact({ ...state, base: state.other, other: state.base });
}

/** A side alone, in the profiles view; filters stay, the zoom's path may not exist there. */
export function profilesOfSide(state: CompareState, name: SideName): ProfilesState {
  const side = readCompareSide(state[name]) ?? {};
  const { from, to, ...whole } = wholeSide(subjectOf(state), side);
  const { focus, show, hide, type, range } = state;
  const times =
    from === undefined || to === undefined ? { range, from: state.from, to: state.to } : { from, to };
  return compact<ProfilesState>({ ...whole, type, ...times, focus, show, hide });
}
