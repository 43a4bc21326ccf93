// The state of the fleet view in the address.
import { compact, type RawSearch, readChoice, readFlag, readText } from "./raw.ts";
import { type RangeName, rangeMs } from "./range.ts";

/** How far back; the first is the default. */
export const fleetRanges = ["1h", "15m", "6h", "24h"] as const satisfies readonly RangeName[];
export type FleetRange = (typeof fleetRanges)[number];

export const fleetColumns = [
  "state",
  "service",
  "host",
  "agent",
  "mode",
  "coverage",
  "windows",
  "ticks",
  "labels",
  "stall",
  "cpu",
  "seen",
] as const;
export type FleetColumn = (typeof fleetColumns)[number];

export interface FleetState {
  readonly service?: string | undefined;
  readonly range?: FleetRange | undefined;
  /** Only those that lose something or are silent. */
  readonly attention?: true | undefined;
  /** Absent: by state, those that need attention first. */
  readonly sort?: FleetColumn | undefined;
  /** The better end first. */
  readonly other?: true | undefined;
}

export function validateFleet(raw: RawSearch): FleetState {
  return compact<FleetState>({
    service: readText(raw, "service"),
    range: readChoice(raw, "range", fleetRanges),
    attention: readFlag(raw, "attention"),
    sort: readChoice(raw, "sort", fleetColumns),
    other: readFlag(raw, "other"),
  });
}

export const fleetRangeMs = (state: FleetState): number => rangeMs[state.range ?? "1h"];
