import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { ProfileSide, Replicates } from "@hotspan/ledger";
import { api } from "../contract.ts";
import {
  countSpanRows,
  countSpans,
  drawOf,
  drawTimes,
  readReplicates,
  REPLICATES,
  sampledSeconds,
  type SpanCounts,
} from "../db/compare.ts";
import type { SampleGroup } from "../db/samples.ts";
import { isSummed, type Selection, selectionOf } from "../db/selection.ts";
import type { Caller } from "../db/store.ts";
import { ApiError } from "../errors.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { parseRange, type TimeRange } from "../params/time.ts";
import { applyFilters, compileFilters, type Filters, type FilterText, matchAny } from "../profile/filters.ts";
import { type SampleSet, unitOf } from "../profile/frames.ts";
import { isMade, toProfile } from "../profile/json.ts";
import type { Compare, CompareBody, Frame, Profile } from "../types.ts";
import type { App, Context } from "./context.ts";
import { nobody } from "./measure.ts";
import { DEFAULT_MAX_NODES } from "./profile-answer.ts";
import { readSamples, toSet } from "./selection-samples.ts";

/** Of the largest stacks it is known how much they vary. */
const MAX_STACKS = 5_000;

interface CompareSide extends ProfileSide {
  /** Where samples and spans are those of a part of the range: which share of it. */
  readonly drawn: { readonly ofTime?: number };
}

/** Values of a stack by replicate. */
interface Replicated {
  /** Index in the set's stacks. */
  readonly stack: number;
  readonly values: readonly (readonly [number, number])[];
}

interface SideData {
  readonly set: SampleSet;
  /** Undefined where there is nothing to tell chance from. */
  readonly replicated: readonly Replicated[] | undefined;
  /** What these and `counts` are of. */
  readonly times: readonly TimeRange[];
  readonly counts: SpanCounts;
  /** Of all that was asked for. */
  readonly spans: number;
}

export function compareRoutes(app: App, context: Context): void {
  const { settings, store, ledgers } = context;

  async function side(
    caller: Caller,
    field: "base" | "other",
    filters: Filters,
    body: CompareBody,
  ): Promise<CompareSide> {
    const range = parseRange(body[field], settings.now(), settings.maxRangeMs, field);
    const selection = selectionOf(body[field]);
    // What is alive at one moment is no sum over times.
    const drawable = selection.type !== "heap_inuse" && selection.type !== "loop_hold";
    const times = drawable && !isSummed(selection) ? await drawOf(store, caller, selection, range) : [range];
    const read = times.length > 1 ? drawn(caller, selection, range, times) : exact(caller, selection, range);
    const perSecond = body.normalise === "per_second";
    const [{ set, replicated, counts, spans, times: chance }, seconds] = await Promise.all([
      read,
      perSecond ? sampledSeconds(store, caller, selection, times) : 0,
    ]);
    const profile = toProfile(applyFilters(set, filters), body.maxNodes ?? DEFAULT_MAX_NODES, []);
    const base = {
      frames: profile.frames,
      nodes: profile.nodes,
      unit: unitOf(set.type),
      total: profile.total,
      samples: profile.samples,
      spans,
      seconds,
      drawn: times.length > 1 ? { ofTime: shareOf(times, range) } : {},
    };
    if (replicated === undefined) return base;
    const ofChance = perSecond ? await sampledSeconds(store, caller, selection, chance) : 0;
    const weights = perSecond ? counts.byReplicate.map(() => ofChance / REPLICATES) : counts.byReplicate;
    return { ...base, replicates: replicatesOf(profile, leavesOf(set, filters), replicated, weights) };
  }

  /** Sums of all samples; chance may be told from a part. */
  async function exact(caller: Caller, selection: Selection, range: TimeRange): Promise<SideData> {
    const [{ set, groups }, rows] = await Promise.all([
      readSamples(context, caller, selection, range, MAX_STACKS),
      countSpanRows(store, caller, selection, range),
    ]);
    if (selection.type === "loop_hold") {
      const counts = await countSpans(store, caller, selection, [range]);
      return { set, replicated: undefined, times: [range], counts, spans: counts.spans };
    }
    const samples = set.stacks.reduce((sum, stack) => sum + stack.samples, 0);
    const times = selection.type === "heap_inuse" ? [range] : drawTimes(range, samples);
    const [{ groups: replicated }, counts] = await Promise.all([
      readReplicates(store, caller, selection, times, MAX_STACKS),
      countSpans(store, caller, selection, times),
    ]);
    // How many are delivered twice is looked up in that part alone.
    const spans = counts.rows === 0 ? rows : Math.round((rows * counts.spans) / counts.rows);
    const index = new Map(groups.map((one, i) => [groupKey(one), i]));
    return {
      set,
      replicated: replicated.flatMap((one) => {
        const stack = index.get(groupKey(one));
        return stack === undefined ? [] : [{ stack, values: one.values }];
      }),
      times,
      counts,
      spans,
    };
  }

  /** Everything from a part of the range. */
  async function drawn(
    caller: Caller,
    selection: Selection,
    range: TimeRange,
    times: readonly TimeRange[],
  ): Promise<SideData> {
    const [{ groups, rest }, counts] = await Promise.all([
      readReplicates(store, caller, selection, times, MAX_STACKS),
      countSpans(store, caller, selection, times),
    ]);
    const set = await toSet(context, caller, selection, range, { groups, rest });
    return {
      set,
      replicated: groups.map(({ values }, stack) => ({ stack, values })),
      times,
      counts,
      spans: counts.spans,
    };
  }

  app.route({
    ...api.compare,
    // Strict: in a body "10" is not 10.
    validatorCompiler: TypeBoxValidatorCompiler,
    handler: async (request, reply) => {
      const { body } = request;
      const normalise = body.normalise ?? "per_span";
      const unit = (type: CompareBody["base"]["type"] = "wall"): string => unitOf(type);
      if (unit(body.base.type) !== unit(body.other.type))
        throw new ApiError("bad_parameter", "other: another unit than base", { field: "other" });
      const filters = compileFilters(filtersOf(body.filters));
      const caller = callerOf(request, reply);
      const [base, other] = await Promise.all([
        side(caller, "base", filters, body),
        side(caller, "other", filters, body),
      ]);
      if (normalise !== "share") {
        comparable("base", base, normalise);
        comparable("other", other, normalise);
      }
      const computed = await ledgers.run({ kind: "compare", base, other, normalise }, nobody);
      const marked = (frame: Frame | undefined): boolean =>
        frame !== undefined && !isMade(frame) && matchAny(filters.highlight, frame);
      const answer: Compare = {
        base: { ...computed.base, ...base.drawn },
        other: { ...computed.other, ...other.drawn },
        unit: computed.unit,
        frames: computed.frames.map((frame) => ({ ...frame })),
        nodes: {
          frame: [...computed.nodes.frame],
          parent: [...computed.nodes.parent],
          baseSelf: [...computed.nodes.baseSelf],
          baseTotal: [...computed.nodes.baseTotal],
          otherSelf: [...computed.nodes.otherSelf],
          otherTotal: [...computed.nodes.otherTotal],
          ...(filters.highlight.length === 0
            ? {}
            : { highlighted: computed.nodes.frame.map((id) => marked(computed.frames[id])) }),
        },
        // Of what was not tested nothing is known but that neither side is below zero.
        functions: computed.functions.map(({ low, high, p, ...one }) => ({
          ...one,
          low: low ?? -one.base,
          high: high ?? one.other,
          p: p ?? 1,
          tested: p !== null,
        })),
      };
      return sendJson(request, reply, answer);
    },
  });
}

/** Filters of a body, where one pattern stands for a list of one. */
function filtersOf({ focus, hide, show, highlight }: NonNullable<CompareBody["filters"]> = {}): FilterText {
  const list = (given: string | string[] | undefined) => (typeof given === "string" ? [given] : given);
  return { focus: list(focus), hide: list(hide), show: list(show), highlight: list(highlight) };
}

/** Time that nothing is known to divide by would be shown as none. Throws `not_comparable`. */
function comparable(
  field: "base" | "other",
  { total, spans, seconds }: ProfileSide,
  by: "per_span" | "per_second",
): void {
  if (total === 0 || (by === "per_span" ? spans : seconds) > 0) return;
  const missing = by === "per_span" ? "no spans are" : "no sampled time is";
  throw new ApiError("not_comparable", `${field}: ${missing} stored to divide by`, { field });
}

const keyOf = ({ function: fn, file, line, package: pkg, kind }: Frame): string =>
  [fn, file, line, pkg, kind].join("\0");

/** Of each stack the frame that its time is of, as filters leave it; undefined: they leave nothing of it. */
function leavesOf(set: SampleSet, filters: Filters): readonly (Frame | "root" | undefined)[] {
  const leaves: (Frame | "root" | undefined)[] = set.stacks.map(() => undefined);
  const numbered = set.stacks.map((one, i) => ({ ...one, spanId: String(i) }));
  const left = applyFilters({ ...set, stacks: numbered }, filters);
  for (const { spanId, stack } of left.stacks) leaves[Number(spanId)] = left.frames[stack[0] ?? -1] ?? "root";
  return leaves;
}

/** Self values by replicate; frames are those of the profile. */
function replicatesOf(
  profile: Profile,
  leaves: readonly (Frame | "root" | undefined)[],
  replicated: readonly Replicated[],
  weights: readonly number[],
): Replicates {
  const ids = new Map(profile.frames.map((frame, i) => [keyOf(frame), i]));
  const functions = new Map<number, Float64Array>();
  for (const { stack, values } of replicated) {
    const leaf = leaves[stack];
    const id = leaf === undefined ? undefined : leaf === "root" ? 0 : ids.get(keyOf(leaf));
    if (id === undefined) continue;
    const self = functions.get(id) ?? new Float64Array(weights.length);
    functions.set(id, self);
    for (const [replicate, value] of values) self[replicate]! += value;
  }
  return {
    weights: Float64Array.from(weights),
    functions: [...functions].map(([frame, self]) => ({ frame, self })),
  };
}

const groupKey = ({ service, stackHash }: SampleGroup): string => `${service}\0${stackHash}`;

function shareOf(times: readonly TimeRange[], range: TimeRange): number {
  const length = ({ from, to }: TimeRange): number => Number(to - from);
  return times.reduce((sum, one) => sum + length(one), 0) / length(range);
}
