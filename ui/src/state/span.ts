// The state of the span view in the address.
import type { QueryValue } from "../api/client.ts";
import { filterParams } from "./filters.ts";
import { type ProfileViewState, validateProfileView } from "./profile-view.ts";
import { compact, type RawSearch, readChoice, readFlag } from "./raw.ts";

export interface SpanState extends ProfileViewState {
  /** Absent: the span's own samples; `subtree`: with all its descendants'. */
  readonly scope?: "subtree" | undefined;
  readonly type?: "cpu" | undefined;
  /** The spans that this one delayed are listed. */
  readonly delayed?: true | undefined;
}

export function validateSpan(raw: RawSearch): SpanState {
  return compact<SpanState>({
    scope: readChoice(raw, "scope", ["self", "subtree"]) as "subtree" | undefined,
    type: readChoice(raw, "type", ["wall", "cpu"]) as "cpu" | undefined,
    ...validateProfileView(raw),
    delayed: readFlag(raw, "delayed"),
  });
}

/** The profile's parameters; the API's defaults are left out. */
export function profileParams(state: SpanState): Record<string, QueryValue> {
  return compact({ scope: state.scope, type: state.type, ...filterParams(state) });
}
