import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { ContextTarget } from "../labelling/labeller.ts";
import { requireHere } from "../package-root.ts";
import { awaken, rest } from "./resting.ts";

/** One hit of a node: V8 takes it in the signal handler, with the context that was set then. */
export interface RawSample {
  /** Microseconds since 1970. */
  readonly timestamp: bigint;
  /** Nanoseconds of CPU of this thread since its previous sample. */
  readonly cpuTime: number;
  readonly context: unknown;
}

export interface RawNode {
  readonly name: string;
  readonly scriptName: string;
  readonly scriptId: number;
  /** Where the function starts; 0 if V8 does not know. */
  readonly lineNumber: number;
  readonly columnNumber: number;
  readonly hitCount: number;
  readonly contexts: readonly RawSample[];
  readonly children: readonly RawNode[];
}

export interface RawProfile {
  readonly topDownRoot: RawNode;
  /** Microseconds of the monotonic clock. */
  readonly startTime: number;
  readonly endTime: number;
}

/** `TimeProfiler` of @datadog/pprof. */
export interface NativeSampler extends ContextTarget {
  start(): void;
  stop(restart: boolean): RawProfile;
  dispose(): void;
  /** Contexts that are still in frames. */
  readonly metrics: { readonly usedAsyncContextCount: number };
  /** 0: no; 1: maybe; 2: V8's sampler thread spins and takes no samples any more. */
  v8ProfilerStuckEventLoopDetected(): number;
}

interface Bindings {
  readonly TimeProfiler: new (options: Readonly<Record<string, unknown>>) => NativeSampler;
}

// The stock serialiser behind the public API drops `(program)` and idle samples and copies the stack per node, hence the
// bindings. They are private: the dependency is pinned to one version, and a failure here turns the agent off.
const BINDINGS = "@datadog/pprof/out/src/time-profiler-bindings.js";

/** Folder of the copy of the sampler this agent uses. */
export function samplerFolder(): string {
  return join(requireHere.resolve("@datadog/pprof/package.json"), "..");
}

export interface SamplerOptions {
  readonly hz: number;
  readonly windowMillis: number;
  readonly frameKey: object | undefined;
}

const options = new WeakMap<NativeSampler, SamplerOptions>();

/** Done with a stopped sampler. */
export function release(sampler: NativeSampler): void {
  const made = options.get(sampler);
  if (made?.frameKey === undefined) sampler.dispose();
  else rest(sampler, { ...made, key: made.frameKey });
}

/** Throws if the addon cannot be loaded (no prebuild, `--no-addons`, `--permission`). Sampling starts with `start()`. */
export function createSampler(made: SamplerOptions): NativeSampler {
  const { hz, windowMillis, frameKey } = made;
  const sampler =
    frameKey === undefined
      ? newSampler(made)
      : (awaken({ hz, windowMillis, key: frameKey }) ?? newSampler(made));
  options.set(sampler, { hz, windowMillis, frameKey });
  return sampler;
}

function newSampler({ hz, windowMillis, frameKey }: SamplerOptions): NativeSampler {
  const { TimeProfiler } = requireHere(BINDINGS) as Bindings;
  return new TimeProfiler({
    intervalMicros: Math.round(1e6 / hz),
    // Sizes the buffer of contexts, 2 × duration / interval; beyond it they are lost without a word. A blocked event loop
    // delays the end of a window, so leave room.
    durationMillis: Math.max(3 * windowMillis, 30_000),
    withContexts: true,
    collectCpuTime: true,
    useCPED: frameKey !== undefined,
    CPEDKey: frameKey,
    // 14 to 22 ms per stop instead of under 1.5; we look for the stuck sampler ourselves.
    workaroundV8Bug: false,
    // Crashed in workers.
    collectAsyncId: false,
    lineNumbers: false,
    isMainThread,
  });
}
