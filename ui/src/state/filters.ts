// Filters of a profile in the address, and the chips they are shown as. Of every view with a flame graph.
import type { QueryValue } from "../api/client.ts";
import { compact, type RawSearch, readTexts } from "./raw.ts";

export const filterNames = ["focus", "show", "hide", "highlight"] as const;
export type FilterName = (typeof filterNames)[number];

/** Patterns (RE2 over `package/function file`); all combine. */
export interface FilterState {
  readonly focus?: readonly string[] | undefined;
  readonly show?: readonly string[] | undefined;
  readonly hide?: readonly string[] | undefined;
  readonly highlight?: readonly string[] | undefined;
}

export function validateFilters(raw: RawSearch): FilterState {
  return compact<FilterState>({
    focus: readTexts(raw, "focus"),
    show: readTexts(raw, "show"),
    hide: readTexts(raw, "hide"),
    highlight: readTexts(raw, "highlight"),
  });
}

export function filterParams(state: FilterState): Record<string, QueryValue> {
  return compact({
    focus: state.focus,
    show: state.show,
    hide: state.hide,
    highlight: state.highlight,
  });
}

export interface FilterChip {
  readonly name: FilterName;
  readonly pattern: string;
}

export function chipsOf(state: FilterState): readonly FilterChip[] {
  return filterNames.flatMap((name) => (state[name] ?? []).map((pattern) => ({ name, pattern })));
}

export function addChip<S extends FilterState>(state: S, chip: FilterChip): S {
  const patterns = [...new Set([...(state[chip.name] ?? []), chip.pattern])];
  return { ...state, [chip.name]: patterns };
}

export function removeChip<S extends FilterState>(state: S, chip: FilterChip): S {
  const patterns = (state[chip.name] ?? []).filter((pattern) => pattern !== chip.pattern);
  return compact({ ...state, [chip.name]: patterns.length > 0 ? patterns : undefined });
}
