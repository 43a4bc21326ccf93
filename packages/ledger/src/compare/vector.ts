/** What slow-against-fast reads of a span: its ledger as numbers, ready to be averaged. Times are integer ns. */
import type { BlameKind, ChildKind, LedgerClass } from "../types.ts";

export type FrameKind = "app" | "dependency" | "node" | "v8" | "gc" | "native" | "runtime";

/** Frames are the same when package, function and file are: a deploy moves lines. */
export interface VectorFrame {
  readonly function: string;
  readonly package: string | null;
  readonly file: string | null;
  /** For display. */
  readonly line?: number | null;
  /** Tells own code ("app") from the rest; unknown counts as own code. */
  readonly kind?: FrameKind;
}

/** Time of one class on one stack. Entries of a class never overlap: together they are at most the class. */
export interface FunctionTime {
  readonly class: LedgerClass;
  /** Top of the stack. */
  readonly frame: VectorFrame;
  /** The stack above it, nearest caller first. Share one array between equal stacks: it is read once. */
  readonly callers?: readonly VectorFrame[];
  readonly nano: number;
}

/** Time that other work held the loop; entries never overlap and are at most `loop.held`. */
export interface BlameTime {
  /** Null: no request was to blame; then `kind` says what ran. */
  readonly endpoint: string | null;
  /** Default: "request" with an endpoint, else "unlabelled". */
  readonly kind?: BlameKind;
  /** Top of the stack that ran; null: unknown. */
  readonly frame: VectorFrame | null;
  /** As of `FunctionTime`. */
  readonly callers?: readonly VectorFrame[];
  readonly nano: number;
}

/** Time waited for a child operation: of children open at once only the awaited one, so that all are at most `wait.child`. */
export interface ChildTime {
  readonly name: string;
  readonly kind: ChildKind;
  readonly service: string | null;
  readonly nano: number;
}

export interface SpanVector {
  readonly traceId: string;
  readonly spanId: string;
  readonly durationNano: number;
  /** Classes without time may be left out. What is missing to the duration counts as `unprofiled`. */
  readonly classes: Readonly<Partial<Record<LedgerClass, number>>>;
  readonly functions: readonly FunctionTime[];
  readonly blame: readonly BlameTime[];
  readonly children: readonly ChildTime[];
  /** Of the span and its resource. */
  readonly attributes: Readonly<Record<string, string>>;
}
