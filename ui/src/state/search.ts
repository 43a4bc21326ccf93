// The state of the search view, all of it in the address.
import type { QueryValue } from "../api/client.ts";
import {
  type PartState,
  partRange,
  type RangeState,
  timeRange,
  validatePart,
  validateRange,
} from "./range.ts";
import { compact, type RawSearch, readChoice, readFlag, readText, readTexts } from "./raw.ts";
import { type TookState, validateTook } from "./took.ts";

export interface SearchState extends RangeState, PartState, TookState {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  /** `key:value` each. */
  readonly attr?: readonly string[] | undefined;
  readonly profiled?: true | undefined;
  readonly errors?: true | undefined;
  readonly sort?: "start" | undefined;
}

export function validateSearch(raw: RawSearch): SearchState {
  const service = readText(raw, "service");
  const attr = readTexts(raw, "attr")?.filter((one) => parseAttribute(one) !== undefined);
  return compact<SearchState>({
    service,
    operation: service === undefined ? undefined : readText(raw, "operation"),
    attr: attr === undefined || attr.length === 0 ? undefined : attr,
    ...validateTook(raw),
    profiled: readFlag(raw, "profiled"),
    errors: readFlag(raw, "errors"),
    sort: readChoice(raw, "sort", ["duration", "start"]) as "start" | undefined,
    ...validateRange(raw),
    ...validatePart(raw),
  });
}

/**
 * `key=value` or `key:value` → `key:value`, undefined when there is no key or no value, or another comparison is meant: none of
 * `>=`, `!=`, `=~` may become a part of the key or of the value.
 */
export function parseAttribute(text: string): string | undefined {
  const match = /^\s*([^=:\s<>!]*[^=:\s<>!~])\s*(?:=(?![=~>])|:)\s*(.+?)\s*$/s.exec(text);
  return match === null ? undefined : `${match[1]}:${match[2]}`;
}

/** What is wrong with an attribute that could not be read. */
export function attributeProblem(text: string): string {
  const comparison = /^[^=:<>!~]*([<>!]=?|=[=~>]|~)/.exec(text)?.[1];
  const rule = "Attributes are compared for equality: key=value.";
  return comparison === undefined ? rule : `${comparison} is not known here. ${rule}`;
}

/** The filters as the API's parameters, without range and duration. */
function filterQuery(state: SearchState): Record<string, QueryValue> {
  return {
    service: state.service,
    operation: state.operation,
    attr: state.attr,
    profiled: state.profiled,
    status: state.errors === true ? "error" : undefined,
  };
}

/** The heatmap shows all durations and the whole range; the selection is drawn on it. */
export function heatmapParams(
  state: SearchState,
  nowMs: number,
  buckets: string,
): Record<string, QueryValue> {
  return compact({ ...filterQuery(state), ...timeRange(state, nowMs), buckets });
}

/** The table shows what is selected. */
export function tracesParams(state: SearchState, nowMs: number, limit: number): Record<string, QueryValue> {
  return compact({
    ...filterQuery(state),
    ...partRange(state, nowMs),
    minMs: state.minMs,
    maxMs: state.maxMs,
    sort: state.sort ?? "duration",
    ledger: true,
    limit,
  });
}

export type FilterName = "service" | "operation" | "attr" | "duration" | "profiled" | "errors" | "selection";

/** The filters in force, with what they say, so that an empty result can name the one to drop. */
export function activeFilters(
  state: SearchState,
): readonly { readonly name: FilterName; readonly words: string }[] {
  const filters: { name: FilterName; words: string }[] = [];
  if (state.operation !== undefined)
    filters.push({ name: "operation", words: `operation ${state.operation}` });
  if (state.service !== undefined) filters.push({ name: "service", words: `service ${state.service}` });
  if (state.attr !== undefined) filters.push({ name: "attr", words: `attribute ${state.attr.join(", ")}` });
  if (state.minMs !== undefined || state.maxMs !== undefined) {
    filters.push({ name: "duration", words: `duration ${state.minMs ?? 0}–${state.maxMs ?? "∞"} ms` });
  }
  if (state.profiled === true) filters.push({ name: "profiled", words: "with profile" });
  if (state.errors === true) filters.push({ name: "errors", words: "errors only" });
  if (state.selFrom !== undefined) filters.push({ name: "selection", words: "the selected time" });
  return filters;
}

export function dropFilter(state: SearchState, name: FilterName): SearchState {
  switch (name) {
    case "service":
      return compact({ ...state, service: undefined, operation: undefined });
    case "duration":
      return compact({ ...state, minMs: undefined, maxMs: undefined });
    case "selection":
      return compact({ ...state, selFrom: undefined, selTo: undefined });
    case "operation":
    case "attr":
    case "profiled":
    case "errors":
      return compact({ ...state, [name]: undefined });
  }
}
