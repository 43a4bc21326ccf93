import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { ProfileSide, Replicate } from "@hotspan/ledger";
import { api } from "../contract.ts";
import {
  countSpans,
  countSpansByReplicate,
  drawTimes,
  readReplicates,
  REPLICATES,
  sampledSeconds,
} from "../db/compare.ts";
import { selectionOf } from "../db/selection.ts";
import type { Caller } from "../db/store.ts";
import { ApiError } from "../errors.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { parseRange } from "../params/time.ts";
import { applyFilters, compileFilters, type Filters, type FilterText, matchAny } from "../profile/filters.ts";
import { type SampleSet, unitOf, valueOf } from "../profile/frames.ts";
import { isMade, toProfile } from "../profile/json.ts";
import type { Compare, CompareBody, Frame, Profile } from "../types.ts";
import type { App, Context } from "./context.ts";
import { nobody } from "./measure.ts";
import { DEFAULT_MAX_NODES } from "./profile-answer.ts";
import { readSelection } from "./selection-samples.ts";

/** Of the largest stacks it is known how much they vary. */
const MAX_STACKS = 5_000;

export function compareRoutes(app: App, context: Context): void {
  const { settings, store, stacks, ledgers } = context;

  async function side(
    caller: Caller,
    field: "base" | "other",
    filters: Filters,
    body: CompareBody,
  ): Promise<ProfileSide> {
    const range = parseRange(body[field], settings.now(), settings.maxRangeMs, field);
    const selection = selectionOf(body[field]);
    const held = selection.type === "loop_hold";
    const [{ set, groups }, spans, seconds] = await Promise.all([
      readSelection(context, caller, selection, range, MAX_STACKS),
      countSpans(store, caller, selection, range),
      sampledSeconds(store, caller, selection, [range]),
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
    };
    if (held) return base;
    const samples = set.stacks.reduce((sum, stack) => sum + stack.samples, 0);
    // What is alive at one moment is no sum over times.
    const times = selection.type === "heap_inuse" ? [range] : drawTimes(range, samples);
    const [parts, weights] = await Promise.all([
      readReplicates(store, caller, selection, range, times, groups),
      body.normalise === "per_second"
        ? sampledSeconds(store, caller, selection, times).then((sampled) =>
            Array.from({ length: REPLICATES }, () => sampled / REPLICATES),
          )
        : countSpansByReplicate(store, caller, selection, times),
    ]);
    const { table, stacks: found } = await stacks.resolve(store, caller, parts);
    const replicates = replicatesOf(
      profile,
      applyFilters(
        {
          ...set,
          frames: table.frames,
          stacks: found.map((one, i) => ({ ...one, spanId: String(parts[i]!.replicate) })),
        },
        filters,
      ),
      weights,
    );
    return { ...base, replicates };
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
        base: { ...computed.base },
        other: { ...computed.other },
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

/** Self values by replicate, which stands in `spanId`; frames are those of the profile. */
function replicatesOf(profile: Profile, set: SampleSet, weights: readonly number[]): Replicate[] {
  const ids = new Map(profile.frames.map((frame, i) => [keyOf(frame), i]));
  const sums = weights.map(() => new Map<number, number>());
  for (const sample of set.stacks) {
    const frame = set.frames[sample.stack[0] ?? -1];
    const id = frame === undefined ? 0 : ids.get(keyOf(frame));
    const into = sums[Number(sample.spanId)];
    if (id === undefined || into === undefined) continue;
    into.set(id, (into.get(id) ?? 0) + valueOf(set, sample));
  }
  return sums.map((functions, i) => ({
    weight: weights[i] ?? 0,
    functions: [...functions].map(([frame, self]) => ({ frame, self })),
  }));
}
