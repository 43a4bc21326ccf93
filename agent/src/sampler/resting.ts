import type { NativeSampler } from "./native.ts";

/** What a sampler was made for. */
interface Made {
  readonly key: object;
  readonly hz: number;
  readonly windowMillis: number;
}

/**
 * Samplers that were stopped while frames may still hold their contexts. Another one with the same key would find those, and
 * what they point at goes when its own sampler is disposed of. So a stopped sampler stays until nothing of it is left; the next
 * one at the same rate is the same. It costs address space only: V8's profiler is gone with the stop.
 */
const resting = new Map<NativeSampler, Made>();

/** The sampler that was stopped last with these, if there is one. */
export function awaken(made: Made): NativeSampler | undefined {
  for (const [sampler, { key, hz, windowMillis }] of resting) {
    if (key === made.key && hz === made.hz && windowMillis === made.windowMillis) {
      resting.delete(sampler);
      return sampler;
    }
  }
  for (const sampler of resting.keys())
    if (sampler.metrics.usedAsyncContextCount === 0) {
      resting.delete(sampler);
      sampler.dispose();
    }
  return undefined;
}

export function rest(sampler: NativeSampler, made: Made): void {
  resting.set(sampler, made);
}

/** The thread ends, and nobody samples any more: nothing is looked up again. */
export function disposeOfResting(): void {
  for (const sampler of resting.keys()) sampler.dispose();
  resting.clear();
}
