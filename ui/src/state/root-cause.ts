// The state of the root cause view in the address.
import type { Side } from "../api/ledger-types.ts";
import { type RangeState, timeRange, validateRange } from "./range.ts";
import { compact, type RawSearch, readText } from "./raw.ts";
import type { SearchState } from "./search.ts";
import { readSide, sideText } from "./side.ts";

export interface RootCauseState extends RangeState {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  /** Instead of an operation: the name of the local root. */
  readonly endpoint?: string | undefined;
  /** See side.ts; absent are p95 and slower, against p25 to p75. */
  readonly slow?: string | undefined;
  readonly baseline?: string | undefined;
}

export const defaultSlow: Side = { percentile: 95 };
export const defaultBaseline: Side = { percentile: [25, 75] };

export function validateRootCause(raw: RawSearch): RootCauseState {
  const operation = readText(raw, "operation");
  const side = (name: string, usual: Side): string | undefined => {
    const read = readSide(readText(raw, name));
    const text = read === undefined ? undefined : sideText(read);
    return text === sideText(usual) ? undefined : text;
  };
  return compact<RootCauseState>({
    service: readText(raw, "service"),
    operation,
    endpoint: operation === undefined ? readText(raw, "endpoint") : undefined,
    ...validateRange(raw),
    slow: side("slow", defaultSlow),
    baseline: side("baseline", defaultBaseline),
  });
}

export const slowSide = (state: RootCauseState): Side => readSide(state.slow) ?? defaultSlow;
export const baselineSide = (state: RootCauseState): Side => readSide(state.baseline) ?? defaultBaseline;

/** What is searched is what one asks the cause of. */
export const causeOfSearch = ({ service, operation, range, from, to }: SearchState): RootCauseState =>
  compact({ service, operation, range, from, to });

/** The request; undefined until it is known what to explain. */
export function rootCauseBody(
  state: RootCauseState,
  nowMs: number,
): Readonly<Record<string, unknown>> | undefined {
  if (state.service === undefined || (state.operation === undefined && state.endpoint === undefined)) {
    return undefined;
  }
  return compact({
    service: state.service,
    operation: state.operation,
    endpoint: state.endpoint,
    ...instants(timeRange(state, nowMs)),
    slow: instants(slowSide(state)),
    baseline: instants(baselineSide(state)),
  });
}

// In a body instants are texts, as they are in a query.
const instants = <T extends { readonly from?: number | undefined; readonly to?: number | undefined }>(
  of: T,
): object =>
  compact({
    ...of,
    from: of.from === undefined ? undefined : String(of.from),
    to: of.to === undefined ? undefined : String(of.to),
  });
