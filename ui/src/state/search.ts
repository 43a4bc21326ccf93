// The state of the search view, all of it in the address.
import type { QueryValue } from "../api/client.ts";
import {
  compact,
  type RawSearch,
  readChoice,
  readFlag,
  readInstant,
  readNumber,
  readText,
  readTexts,
} from "./raw.ts";

export const ranges = ["1h", "15m", "6h", "24h", "7d"] as const;
export type RangeName = (typeof ranges)[number];

export const rangeMs: Readonly<Record<RangeName, number>> = {
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
};

/** A stretch of time: relative, or two instants. */
export type RangeState = Pick<SearchState, "range" | "from" | "to">;

export interface SearchState {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  /** `key:value` each. */
  readonly attr?: readonly string[] | undefined;
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  readonly profiled?: true | undefined;
  readonly errors?: true | undefined;
  readonly sort?: "start" | undefined;
  /** Relative range; absent is the last hour. `from` and `to` win over it. */
  readonly range?: RangeName | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** The time part of the heatmap's selection; its duration part is `minMs`–`maxMs`. Unix ms. */
  readonly selFrom?: number | undefined;
  readonly selTo?: number | undefined;
}

export function validateSearch(raw: RawSearch): SearchState {
  const from = readInstant(raw, "from");
  const to = readInstant(raw, "to");
  const absolute = from !== undefined && to !== undefined && from < to;
  const selFrom = readInstant(raw, "selFrom");
  const selTo = readInstant(raw, "selTo");
  const selected = selFrom !== undefined && selTo !== undefined && selFrom < selTo;
  const service = readText(raw, "service");
  const attr = readTexts(raw, "attr")?.filter((one) => parseAttribute(one) !== undefined);
  const minMs = readNumber(raw, "minMs");
  const maxMs = readNumber(raw, "maxMs");
  const upsideDown = minMs !== undefined && maxMs !== undefined && maxMs < minMs;
  return compact<SearchState>({
    service,
    operation: service === undefined ? undefined : readText(raw, "operation"),
    attr: attr === undefined || attr.length === 0 ? undefined : attr,
    minMs: upsideDown ? maxMs : minMs === 0 ? undefined : minMs,
    maxMs: upsideDown ? minMs : maxMs,
    profiled: readFlag(raw, "profiled"),
    errors: readFlag(raw, "errors"),
    sort: readChoice(raw, "sort", ["duration", "start"]) as "start" | undefined,
    range: absolute ? undefined : readChoice(raw, "range", ranges),
    from: absolute ? from : undefined,
    to: absolute ? to : undefined,
    selFrom: selected ? selFrom : undefined,
    selTo: selected ? selTo : undefined,
  });
}

/** `key=value` or `key:value` → `key:value`, undefined when there is no key or no value. */
export function parseAttribute(text: string): string | undefined {
  const match = /^\s*([^=:\s]+)\s*[=:]\s*(.+?)\s*$/s.exec(text);
  return match === null ? undefined : `${match[1]}:${match[2]}`;
}

/** The instants the state means at `nowMs`. */
export function timeRange(state: RangeState, nowMs: number): { readonly from: number; readonly to: number } {
  if (state.from !== undefined && state.to !== undefined) return { from: state.from, to: state.to };
  return { from: nowMs - rangeMs[state.range ?? "1h"], to: nowMs };
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
  const range = timeRange(state, nowMs);
  return compact({
    ...filterQuery(state),
    from: Math.max(range.from, state.selFrom ?? range.from),
    to: Math.min(range.to, state.selTo ?? range.to),
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
