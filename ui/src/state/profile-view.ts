// How a profile is shown, in the address: filters, what is zoomed to, what is selected.
import { type FilterState, validateFilters } from "./filters.ts";
import { readSteps } from "../flamegraph/transform/step.ts";
import type { SandwichState } from "../flamegraph/sandwich-state.ts";
import { compact, type RawSearch, readChoice, readText, readTexts } from "./raw.ts";

export interface ProfileViewState extends FilterState, SandwichState {
  readonly view?: "graph" | "table" | undefined;
  /** Path keys (see flamegraph/tree.ts) of the frame zoomed to and of the frame selected. */
  readonly zoom?: string | undefined;
  readonly at?: string | undefined;
  readonly sort?: "total" | undefined;
  /** Transforms in their order, see flamegraph/transform/step.ts. */
  readonly step?: readonly string[] | undefined;
  /** Absent: the root on top. `flame`: at the bottom; `inverted`: the functions that took the time on top. */
  readonly order?: "flame" | "inverted" | undefined;
}

const pathKey = (text: string | undefined): string | undefined =>
  text !== undefined && /^[0-9a-z]{1,16}$/.test(text) ? text : undefined;

export function validateProfileView(raw: RawSearch): ProfileViewState {
  return compact<ProfileViewState>({
    view: readChoice(raw, "view", ["both", "graph", "table"]) as "graph" | "table" | undefined,
    ...validateFilters(raw),
    zoom: pathKey(readText(raw, "zoom")),
    at: pathKey(readText(raw, "at")),
    sort: readChoice(raw, "sort", ["self", "total"]) as "total" | undefined,
    step: readSteps(readTexts(raw, "step")),
    order: readChoice(raw, "order", ["icicle", "flame", "inverted"]) as "flame" | "inverted" | undefined,
    ...validateSandwich(raw),
  });
}

function validateSandwich(raw: RawSearch): SandwichState {
  const sandwich = readText(raw, "sandwich");
  if (sandwich === undefined) return {};
  return {
    sandwich,
    callersZoom: pathKey(readText(raw, "callersZoom")),
    callersAt: pathKey(readText(raw, "callersAt")),
    calleesZoom: pathKey(readText(raw, "calleesZoom")),
    calleesAt: pathKey(readText(raw, "calleesAt")),
  };
}

/** Whether nothing but the selection moved: that is no step one wants to go back through; a zoom, a filter or a transform is. */
export function onlySelects<S extends ProfileViewState>(before: S, next: S): boolean {
  const none = { at: undefined, callersAt: undefined, calleesAt: undefined };
  const rest = (state: S): string => JSON.stringify(compact({ ...state, ...none }));
  const moved = (["at", "callersAt", "calleesAt"] as const).some((name) => before[name] !== next[name]);
  return moved && rest(before) === rest(next);
}
