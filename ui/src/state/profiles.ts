// The state of the profiles view in the address.
import type { QueryValue } from "../api/client.ts";
import { filterParams } from "./filters.ts";
import { type ProfileViewState, validateProfileView } from "./profile-view.ts";
import {
  type PartState,
  partRange,
  type RangeState,
  timeRange,
  validatePart,
  validateRange,
} from "./range.ts";
import { compact, type RawSearch, readChoice } from "./raw.ts";
import { selectionParams, type SelectionState, validateSelection } from "./selection.ts";

/** What the line over time can be split by; `none` is the default. */
export const splits = ["none", "version", "endpoint", "instance", "zone", "environment", "thread"] as const;
export type Split = (typeof splits)[number];

export interface ProfilesState extends SelectionState, RangeState, PartState, ProfileViewState {
  readonly split?: Exclude<Split, "none"> | undefined;
}

export function validateProfiles(raw: RawSearch): ProfilesState {
  return compact<ProfilesState>({
    ...validateSelection(raw),
    ...validateRange(raw),
    ...validatePart(raw),
    split: readChoice(raw, "split", splits) as ProfilesState["split"],
    ...validateProfileView(raw),
  });
}

export function profilesParams(state: ProfilesState, nowMs: number): Record<string, QueryValue> {
  return compact({ ...selectionParams(state), ...partRange(state, nowMs), ...filterParams(state) });
}

export function seriesParams(
  state: ProfilesState,
  nowMs: number,
  groupBy: string,
): Record<string, QueryValue> {
  return compact({ ...selectionParams(state), ...timeRange(state, nowMs), groupBy });
}

/** The view of a profile at an address of the API, e.g. a span's `aggregateUrl`. */
export function profilesOfUrl(address: string): ProfilesState {
  const raw: RawSearch = {};
  const { searchParams } = new URL(address, "http://api");
  for (const name of searchParams.keys()) raw[name] = searchParams.getAll(name);
  // The API's own default is another than the view's.
  return validateProfiles({ type: "wall", ...raw });
}
