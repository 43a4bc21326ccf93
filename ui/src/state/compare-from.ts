// A comparison of profiles from what other views ask: a root cause, a rectangle of the heatmap. Pure.
import type { Contribution, RootCause, Side } from "../api/ledger-types.ts";
import { patternFor } from "../flamegraph/functions.ts";
import { type CompareSide, compareSideText } from "./compare-side.ts";
import type { CompareState } from "./compare.ts";
import type { ProfilesState } from "./profiles.ts";
import type { PartState } from "./range.ts";
import { compact } from "./raw.ts";
import { baselineSide, type RootCauseState, slowSide } from "./root-cause.ts";
import type { Subject } from "./selection.ts";

/** What names the work: its endpoint with all it calls, else the span itself. */
export type Work = Pick<Subject, "service" | "endpoint" | "operation">;

export function workOf(
  service: string | undefined,
  operation: string,
  known: readonly { readonly name: string; readonly kind: string; readonly endpoint: string | null }[],
): Work {
  const entry = known.find(({ name, kind }) => name === operation && /^(server|consumer)$/i.test(kind));
  return entry === undefined || entry.endpoint === null
    ? { service, operation }
    : { service, endpoint: entry.endpoint };
}

/** Both sides of a root cause; `work` is what its spans are of. Wall time: what was slow may not have computed. */
export function compareOfCause(
  cause: RootCauseState,
  answer: Pick<RootCause, "slow" | "baseline">,
  work: Work,
): CompareState {
  const { range, from, to } = cause;
  return compact<CompareState>({
    ...work,
    type: "wall",
    range,
    from,
    to,
    base: compareSideText(sideOfSpans(baselineSide(cause), answer.baseline)),
    other: compareSideText(sideOfSpans(slowSide(cause), answer.slow)),
  });
}

/** A percentile becomes the durations of the spans it stood for. */
function sideOfSpans(side: Side, spans: RootCause["slow"]): CompareSide {
  const { percentile, version, instance, from, to } = side;
  let { minMs, maxMs } = side;
  if (percentile !== undefined) {
    const [low, high] = typeof percentile === "number" ? [percentile, 100] : percentile;
    if (low > 0) minMs ??= Math.floor(spans.minNano / 1e3) / 1e3;
    if (high < 100) maxMs ??= Math.ceil(spans.maxNano / 1e3) / 1e3;
  }
  const list = (value: string | undefined): readonly string[] | undefined =>
    value === undefined ? undefined : [value];
  return compact<CompareSide>({ minMs, maxMs, version: list(version), instance: list(instance), from, to });
}

/** Computing is seen in CPU time; waiting and what held the loop in the time that passed. */
const typeOfClass = (name: Contribution["class"]): CompareState["type"] =>
  name === "cpu.self" || name === "cpu.child" ? undefined : "wall";

const gcPattern = patternFor({ function: "(garbage collector)", package: null });

/**
 * Where a contribution is seen: a function or a class in the difference, a holder of the loop in its own profile. A child's time is
 * no code of this span: what the span did meanwhile is shown.
 */
export function viewOfContribution(
  one: Contribution,
  compare: CompareState,
):
  | { readonly to: "/compare"; readonly search: CompareState }
  | { readonly to: "/profiles"; readonly search: ProfilesState } {
  if (one.level === "function" && one.function !== undefined) {
    const frame = { function: one.function, package: one.package ?? null };
    return { to: "/compare", search: { ...compare, focus: [patternFor(frame)] } };
  }
  if (one.level === "endpoint" && one.endpoint) {
    const { service, range, from, to } = compare;
    return {
      to: "/profiles",
      search: compact<ProfilesState>({ service, endpoint: one.endpoint, type: "loop_hold", range, from, to }),
    };
  }
  if (one.class === "gc") return { to: "/compare", search: { ...compare, focus: [gcPattern] } };
  return { to: "/compare", search: compact({ ...compare, type: typeOfClass(one.class) }) };
}

/** Requests of a rectangle against the usual ones: the faster ones, the slower ones, or another time's. */
export function compareOfSelection(
  selection: Pick<Subject, "minMs" | "maxMs"> & PartState,
  range: { readonly from: number; readonly to: number },
  work: Work,
): CompareState | undefined {
  const { minMs, maxMs, selFrom, selTo } = selection;
  const other = compact<CompareSide>({ minMs, maxMs, from: selFrom, to: selTo });
  const base = baseOf(selection, range);
  if (base === undefined || work.service === undefined) return undefined;
  return compact<CompareState>({
    ...work,
    type: "wall",
    from: range.from,
    to: range.to,
    base: compareSideText(base),
    other: compareSideText(other),
  });
}

function baseOf(
  { minMs, maxMs, selFrom, selTo }: Pick<Subject, "minMs" | "maxMs"> & PartState,
  range: { readonly from: number; readonly to: number },
): CompareSide | undefined {
  if (minMs !== undefined) return { maxMs: minMs };
  if (maxMs !== undefined) return { minMs: maxMs };
  if (selFrom === undefined || selTo === undefined) return undefined;
  // The longer stretch beside it says more.
  const [before, after] = [selFrom - range.from, range.to - selTo];
  if (Math.max(before, after) <= 0) return undefined;
  return before >= after ? { from: range.from, to: selFrom } : { from: selTo, to: range.to };
}
