import {
  type Comparable,
  compareProfiles,
  delayedBy,
  type DelayedBy,
  type Ledger,
  type LedgerClass,
  type LedgerContext,
  type LedgerSpan,
  loopHold,
  type LoopHold,
  type Normalise,
  type NotComparable,
  type ProfileComparison,
  type ProfileSide,
  regressions,
  type RegressionsAnswer,
  rootCause,
  type RootCauseOptions,
  spanLedger,
  type TimelineAround,
  timelineAround,
  traceLedger,
  type VersionSpans,
} from "@hotspan/ledger";
import { type LaneData, type LaneRange, operationKey } from "../db/ledger-data.ts";
import { skewsOf } from "./clocks.ts";
import { frameText, type ResolveFrames } from "./frames.ts";
import { Lanes } from "./lanes.ts";
import { type Measured, measure } from "./measure.ts";
import { type MeasuredSpan, stacksOf, toVectors } from "./vectors.ts";

/** What a computation starts from; all of it can be sent to another thread. */
export interface LedgerInput {
  readonly data: LaneData;
  /** What was asked of each thread: see `Lanes`. */
  readonly ranges: readonly LaneRange[];
  /** Of one trace or of several. */
  readonly spans: readonly LedgerSpan[];
  /** Median duration by `operationKey`. */
  readonly typical: ReadonlyMap<string, number>;
  /** Host of each process: two of one host share a clock. */
  readonly hosts: ReadonlyMap<string, string>;
}

export interface SpanKey {
  readonly traceId: string;
  readonly spanId: string;
}

export type LedgerJob = LedgerInput &
  (
    | { readonly kind: "span" | "trace"; readonly subject: SpanKey }
    | { readonly kind: "timeline"; readonly subject: SpanKey; readonly padMs: number }
    | { readonly kind: "delayed"; readonly subject: SpanKey; readonly others: readonly SpanKey[] }
    /** The trace ledgers of these roots, by class only. */
    | { readonly kind: "classes"; readonly subjects: readonly SpanKey[] }
    | { readonly kind: "measure"; readonly subjects: readonly SpanKey[] }
    | { readonly kind: "loop_hold"; readonly stepNano?: number }
  );

/** Of which thread, as well. */
export interface ThreadHold extends LoopHold {
  readonly instance: string;
  readonly thread: number;
}

export type ClassTimes = readonly { readonly class: LedgerClass; readonly nano: number }[];

interface Answers {
  readonly span: Ledger;
  readonly trace: Ledger;
  readonly timeline: TimelineAround;
  readonly delayed: DelayedBy;
  /** Undefined: none of it was sampled. */
  readonly classes: readonly (ClassTimes | undefined)[];
  readonly measure: readonly Measured[];
  readonly loop_hold: readonly ThreadHold[];
  readonly root_cause: Comparable | NotComparable;
  readonly regressions: RegressionsAnswer;
  readonly compare: ProfileComparison;
}

/** Slow against fast, over spans that were measured before. */
export type CompareJob =
  | {
      readonly kind: "root_cause";
      readonly slow: readonly MeasuredSpan[];
      readonly baseline: readonly MeasuredSpan[];
      readonly options: RootCauseOptions;
    }
  | {
      readonly kind: "regressions";
      readonly groups: readonly (Omit<VersionSpans, "spans"> & { readonly spans: readonly MeasuredSpan[] })[];
      readonly seed: number;
    }
  | {
      readonly kind: "compare";
      readonly base: ProfileSide;
      readonly other: ProfileSide;
      readonly normalise: Normalise;
    };

export type Job = LedgerJob | CompareJob;

export type AnswerOf<Kind extends Job["kind"]> = Answers[Kind];

/** Stacks whose frames are looked up for one answer. */
const MAX_NAMED = 2_000;

type AnyAnswer = Answers[keyof Answers];

export async function runJob(job: Job, resolve: ResolveFrames): Promise<AnyAnswer> {
  return "data" in job ? runLedgerJob(job, resolve) : runCompareJob(job, resolve);
}

async function runCompareJob(job: CompareJob, resolve: ResolveFrames): Promise<AnyAnswer> {
  switch (job.kind) {
    case "root_cause": {
      const { slow, baseline, options } = job;
      const names = stacksOf([...slow, ...baseline]);
      // Together, so that equal stacks of both sides are one.
      const vectors = toVectors([...slow, ...baseline], names, await resolve(names));
      return rootCause({
        slow: vectors.slice(0, slow.length),
        baseline: vectors.slice(slow.length),
        options,
      });
    }
    case "regressions": {
      const names = stacksOf(job.groups.flatMap(({ spans }) => spans));
      const named = await resolve(names);
      return regressions(
        job.groups.map((group) => ({ ...group, spans: toVectors(group.spans, names, named) })),
        { seed: job.seed },
      );
    }
    case "compare":
      return compareProfiles(job.base, job.other, job.normalise);
  }
}

/** Throws when a subject is not among the spans. */
async function runLedgerJob(job: LedgerJob, resolve: ResolveFrames): Promise<AnyAnswer> {
  const lanes = new Lanes(job.data, job.ranges, job.kind === "delayed");
  const bySpan = new Map(job.spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
  const find = ({ traceId, spanId }: SpanKey): LedgerSpan => {
    const span = bySpan.get(`${traceId}/${spanId}`);
    if (span === undefined) throw new RangeError(`Span ${spanId} is not among those of the job`);
    return span;
  };
  const skewOf = skewsOf(job.spans, job.hosts);
  const contextOf = (span: LedgerSpan): LedgerContext => ({
    spans: job.spans,
    timelineOf: lanes.timelineOf(span),
    typicalNano: (child) => job.typical.get(operationKey(child)),
    skewOf,
  });
  switch (job.kind) {
    case "span":
    case "trace": {
      const span = find(job.subject);
      const compute = job.kind === "span" ? spanLedger : traceLedger;
      const context = { ...contextOf(span) };
      const first = compute(span, { ...context, topLimit: MAX_NAMED });
      return named(namedBy(first), resolve, first, (frameOf) => compute(span, { ...context, frameOf }));
    }
    case "timeline": {
      const span = find(job.subject);
      const context = contextOf(span);
      const first = timelineAround(span, context, job.padMs);
      const stacks = first.turns.flatMap(({ stack }) => (stack === null ? [] : [stack]));
      return named(stacks, resolve, first, (frameOf) =>
        timelineAround(span, { ...context, frameOf }, job.padMs),
      );
    }
    case "delayed": {
      const span = find(job.subject);
      return delayedBy(span, job.others.map(find), contextOf(span));
    }
    case "classes":
      return job.subjects.map((key) => {
        const root = find(key);
        const { state, rows } = traceLedger(root, contextOf(root));
        if (state !== "ready") return undefined;
        return rows.flatMap(({ class: name, nano }) => (nano > 0 ? [{ class: name, nano }] : []));
      });
    case "measure":
      return job.subjects.map((key) => {
        const span = find(key);
        return measure(span, contextOf(span));
      });
    case "loop_hold":
      return lanes
        .each()
        .flatMap(({ instance, thread, windows, events }) =>
          loopHold(windows, events, job.stepNano).map((hold) => ({ ...hold, instance, thread })),
        );
  }
}

function namedBy(ledger: Ledger): string[] {
  const stacks: string[] = [];
  for (const row of ledger.rows) for (const { stack } of row.top ?? []) stacks.push(stack);
  for (const { stack } of ledger.blame) if (stack !== null) stacks.push(stack);
  return stacks;
}

/** First with stacks as they are, then grouped by the frames of those that the first answer names. */
async function named<T>(
  stacks: readonly string[],
  resolve: ResolveFrames,
  first: T,
  again: (frameOf: (stack: string) => string) => T,
): Promise<T> {
  const list = [...new Set(stacks)].slice(0, MAX_NAMED);
  if (list.length === 0) return first;
  const { frames, stacks: found } = await resolve(list);
  const known = new Map(
    list.map((stack, i) => {
      const frame = frames[found[i]?.[0] ?? -1];
      return [stack, frame === undefined ? "" : frameText(frame)];
    }),
  );
  return again((stack) => known.get(stack) ?? "");
}
