/**
 * What goes from thread to thread, in columns: of tens of thousands of small objects, each with its strings, sending is slower than all
 * that is computed of them.
 */
import { type BlameKind, LEDGER_CLASSES, type LedgerClass } from "@hotspan/ledger";
import type { Frame } from "../types.ts";
import type { NamedStacks } from "./frames.ts";
import type { Job } from "./jobs.ts";
import type { Measured } from "./measure.ts";
import type { MeasuredSpan } from "./vectors.ts";

/** Indices into a list of distinct strings, plus 1; 0: null. */
class StringColumn {
  readonly strings: string[] = [];
  readonly #known = new Map<string, number>();

  of(text: string | null): number {
    if (text === null) return 0;
    let index = this.#known.get(text);
    if (index === undefined) {
      index = this.strings.push(text);
      this.#known.set(text, index);
    }
    return index;
  }
}

/** Where the items of each list begin in the columns, and where the last ends. */
function bounds(lists: readonly { readonly length: number }[]): Uint32Array {
  const starts = new Uint32Array(lists.length + 1);
  for (const [i, { length }] of lists.entries()) starts[i + 1] = starts[i]! + length;
  return starts;
}

/** Spans with all that is not in columns. */
export type PackedSpan = Omit<Measured, "functions" | "blame">;

export interface PackedSpans<Span extends PackedSpan = PackedSpan> {
  readonly spans: readonly Span[];
  readonly strings: readonly string[];
  readonly functions: {
    readonly starts: Uint32Array;
    readonly classes: Uint8Array;
    readonly stacks: Uint32Array;
    readonly nanos: Float64Array;
  };
  readonly blame: {
    readonly starts: Uint32Array;
    readonly endpoints: Uint32Array;
    readonly kinds: Uint32Array;
    readonly stacks: Uint32Array;
    readonly nanos: Float64Array;
  };
}

export function packSpans<Span extends Measured>(
  list: readonly Span[],
): PackedSpans<Omit<Span, "functions" | "blame">> {
  const column = new StringColumn();
  const functions = list.flatMap((span) => span.functions);
  const blame = list.flatMap((span) => span.blame);
  return {
    spans: list.map(({ functions: _functions, blame: _blame, ...span }) => span),
    functions: {
      starts: bounds(list.map((span) => span.functions)),
      classes: Uint8Array.from(functions, (one) => LEDGER_CLASSES.indexOf(one.class)),
      stacks: Uint32Array.from(functions, (one) => column.of(one.stack)),
      nanos: Float64Array.from(functions, (one) => one.nano),
    },
    blame: {
      starts: bounds(list.map((span) => span.blame)),
      endpoints: Uint32Array.from(blame, (one) => column.of(one.endpoint)),
      kinds: Uint32Array.from(blame, (one) => column.of(one.kind)),
      stacks: Uint32Array.from(blame, (one) => column.of(one.stack)),
      nanos: Float64Array.from(blame, (one) => one.nano),
    },
    strings: column.strings,
  };
}

export function unpackSpans<Span extends PackedSpan>(
  packed: PackedSpans<Span>,
): (Span & Pick<Measured, "functions" | "blame">)[] {
  const { spans, strings, functions, blame } = packed;
  const text = (index: number): string | null => (index === 0 ? null : strings[index - 1]!);
  return spans.map((span, i) => ({
    ...span,
    functions: between(functions.starts, i, (at) => ({
      class: LEDGER_CLASSES[functions.classes[at]!] as LedgerClass,
      stack: text(functions.stacks[at]!) ?? "",
      nano: functions.nanos[at]!,
    })),
    blame: between(blame.starts, i, (at) => ({
      endpoint: text(blame.endpoints[at]!),
      kind: text(blame.kinds[at]!) as BlameKind,
      stack: text(blame.stacks[at]!),
      nano: blame.nanos[at]!,
    })),
  }));
}

function between<T>(starts: Uint32Array, i: number, read: (at: number) => T): T[] {
  const list: T[] = [];
  for (let at = starts[i]!; at < starts[i + 1]!; at++) list.push(read(at));
  return list;
}

export interface PackedStacks {
  readonly strings: readonly string[];
  readonly functions: Uint32Array;
  readonly files: Uint32Array;
  readonly packages: Uint32Array;
  readonly kinds: Uint32Array;
  /** 0: unknown. */
  readonly lines: Uint32Array;
  readonly starts: Uint32Array;
  readonly frames: Uint32Array;
}

export function packStacks({ frames, stacks }: NamedStacks): PackedStacks {
  const column = new StringColumn();
  const starts = bounds(stacks);
  const all = new Uint32Array(starts[stacks.length]!);
  for (const [i, stack] of stacks.entries()) all.set(stack, starts[i]);
  return {
    functions: Uint32Array.from(frames, (frame) => column.of(frame.function)),
    files: Uint32Array.from(frames, (frame) => column.of(frame.file)),
    packages: Uint32Array.from(frames, (frame) => column.of(frame.package)),
    kinds: Uint32Array.from(frames, (frame) => column.of(frame.kind)),
    lines: Uint32Array.from(frames, (frame) => frame.line ?? 0),
    starts,
    frames: all,
    strings: column.strings,
  };
}

export function unpackStacks(packed: PackedStacks): NamedStacks {
  const { strings, starts } = packed;
  const text = (index: number): string | null => (index === 0 ? null : strings[index - 1]!);
  return {
    frames: Array.from(
      packed.functions,
      (name, i): Frame => ({
        function: text(name) ?? "",
        file: text(packed.files[i]!),
        line: packed.lines[i]! || null,
        package: text(packed.packages[i]!),
        kind: text(packed.kinds[i]!) as Frame["kind"],
      }),
    ),
    stacks: Array.from({ length: starts.length - 1 }, (_, i) =>
      packed.frames.subarray(starts[i], starts[i + 1]),
    ),
  };
}

type PackedCompareSpans = PackedSpans<Omit<MeasuredSpan, "functions" | "blame">>;
type RootCauseJob = Extract<Job, { readonly kind: "root_cause" }>;
type RegressionsJob = Extract<Job, { readonly kind: "regressions" }>;

export type PackedJob =
  | Exclude<Job, RootCauseJob | RegressionsJob>
  | (Omit<RootCauseJob, "slow" | "baseline"> & {
      readonly slow: PackedCompareSpans;
      readonly baseline: PackedCompareSpans;
    })
  | (Omit<RegressionsJob, "groups"> & {
      readonly groups: readonly (Omit<RegressionsJob["groups"][number], "spans"> & {
        readonly spans: PackedCompareSpans;
      })[];
    });

export function packJob(job: Job): PackedJob {
  if (job.kind === "root_cause")
    return { ...job, slow: packSpans(job.slow), baseline: packSpans(job.baseline) };
  if (job.kind === "regressions")
    return { ...job, groups: job.groups.map((group) => ({ ...group, spans: packSpans(group.spans) })) };
  return job;
}

export function unpackJob(job: PackedJob): Job {
  if (job.kind === "root_cause")
    return { ...job, slow: unpackSpans(job.slow), baseline: unpackSpans(job.baseline) };
  if (job.kind === "regressions")
    return { ...job, groups: job.groups.map((group) => ({ ...group, spans: unpackSpans(group.spans) })) };
  return job;
}

/** @param kind of the job it answers */
export function packAnswer(kind: Job["kind"], answer: unknown): unknown {
  return kind === "measure" ? packSpans(answer as readonly Measured[]) : answer;
}

export function unpackAnswer(kind: Job["kind"], answer: unknown): unknown {
  return kind === "measure" ? unpackSpans(answer as PackedSpans) : answer;
}
