import { AsyncLocalStorage } from "node:async_hooks";
import type { OtelContext } from "../otel/types.ts";
import type { SampleContext } from "./user-labels.ts";

/** The part of the native sampler a labeller drives. */
export interface ContextTarget {
  /** What the next samples carry; `undefined`: nothing. */
  context: unknown;
  /** Where contexts live in V8's frames: an object to lie there under the sampler's key. */
  createContextHolder(value: unknown): unknown;
  /** [0]: samples taken so far. */
  readonly state: Uint32Array;
}

/** What labelling has done so far: the watchdog puts a price to it. */
export interface LabelCounts {
  /** Contexts looked at: entered, or compared with the sampler's. */
  reads: number;
  /** Holders made, or changes of the sampler's context. */
  writes: number;
}

/** Keeps the sampler's context equal to the active span. One per thread. */
export interface Labeller {
  readonly path: "frame" | "hooks" | "with";
  /** Under which key of V8's frames (AsyncContextFrame) the sampler looks for its contexts; undefined: not there. */
  readonly frameKey: object | undefined;
  readonly counts: LabelCounts;
  /** Begins to label, or goes on with another sampler; safe before the sampler has started. */
  connect(target: ContextTarget): void;
  /** Stops labelling and gives back what was patched. */
  disconnect(): void;
  /** The active OpenTelemetry context; cheap. */
  active(): OtelContext | undefined;
  /** Sets the label anew after something else than the span changed. */
  refresh(): void;
  /** What a sample's stored context stands for. */
  resolve(stored: unknown): SampleContext;
  /** Called before each macrotask (and promise), if this labeller has a hook of its own for that. */
  onBefore: ((context: OtelContext | undefined) => void) | undefined;
  /** The samples so far have been taken from the sampler; their stored contexts must not change any more. */
  windowTaken(): void;
  /** Labels requests that were running already when sampling began. Over after a moment. */
  catchUp(): void;
}

/**
 * Whether AsyncLocalStorage is built on AsyncContextFrame: then `run` goes through `enterWith`. Asked of the
 * implementation, not of the version: Node 22 has it behind a flag, and a flag turns it off on 24.
 */
export function hasContextFrame(): boolean {
  const probe = new AsyncLocalStorage<number>();
  let used = false;
  probe.enterWith = (): void => {
    used = true;
  };
  probe.run(1, () => {});
  probe.disable();
  return used;
}
