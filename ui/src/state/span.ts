// The state of the span view in the address.
import type { QueryValue } from "../api/client.ts";
import { compact, type RawSearch, readChoice, readFlag, readText, readTexts } from "./raw.ts";

export const filterNames = ["focus", "show", "hide", "highlight"] as const;
export type FilterName = (typeof filterNames)[number];

export interface SpanState {
  /** Absent: the span's own samples; `subtree`: with all its descendants'. */
  readonly scope?: "subtree" | undefined;
  readonly type?: "cpu" | undefined;
  readonly view?: "graph" | "table" | undefined;
  readonly focus?: readonly string[] | undefined;
  readonly show?: readonly string[] | undefined;
  readonly hide?: readonly string[] | undefined;
  readonly highlight?: readonly string[] | undefined;
  /** Path keys (see flamegraph/tree.ts) of the frame zoomed to and of the frame selected. */
  readonly zoom?: string | undefined;
  readonly at?: string | undefined;
  readonly sort?: "total" | undefined;
  /** Not this span, but all spans like it: offered where one span is too short to be sampled. */
  readonly alike?: true | undefined;
  /** Whom this span held up is listed. */
  readonly delayed?: true | undefined;
}

const pathKey = (text: string | undefined): string | undefined =>
  text !== undefined && /^[0-9a-z]{1,16}$/.test(text) ? text : undefined;

export function validateSpan(raw: RawSearch): SpanState {
  return compact<SpanState>({
    scope: readChoice(raw, "scope", ["self", "subtree"]) as "subtree" | undefined,
    type: readChoice(raw, "type", ["wall", "cpu"]) as "cpu" | undefined,
    view: readChoice(raw, "view", ["both", "graph", "table"]) as "graph" | "table" | undefined,
    focus: readTexts(raw, "focus"),
    show: readTexts(raw, "show"),
    hide: readTexts(raw, "hide"),
    highlight: readTexts(raw, "highlight"),
    zoom: pathKey(readText(raw, "zoom")),
    at: pathKey(readText(raw, "at")),
    sort: readChoice(raw, "sort", ["self", "total"]) as "total" | undefined,
    alike: readFlag(raw, "alike"),
    delayed: readFlag(raw, "delayed"),
  });
}

/** The profile's parameters; the API's defaults are left out. */
export function profileParams(state: SpanState): Record<string, QueryValue> {
  return compact({ scope: state.scope, type: state.type, ...filterParams(state) });
}

export function filterParams(state: SpanState): Record<string, QueryValue> {
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

export function chipsOf(state: SpanState): readonly FilterChip[] {
  return filterNames.flatMap((name) => (state[name] ?? []).map((pattern) => ({ name, pattern })));
}

export function addChip(state: SpanState, chip: FilterChip): SpanState {
  const patterns = [...new Set([...(state[chip.name] ?? []), chip.pattern])];
  return { ...state, [chip.name]: patterns };
}

export function removeChip(state: SpanState, chip: FilterChip): SpanState {
  const patterns = (state[chip.name] ?? []).filter((pattern) => pattern !== chip.pattern);
  return compact({ ...state, [chip.name]: patterns.length > 0 ? patterns : undefined });
}
