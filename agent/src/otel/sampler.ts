import { debug } from "../log.ts";
import { realProvider } from "./provider.ts";

/** What a sampler decided against, at the only moment its attributes are to be seen. */
export type UnsampledListener = (
  traceId: string,
  kind: number,
  attributes: Readonly<Record<string, unknown>>,
) => void;

interface Sampler {
  shouldSample: (this: unknown, ...args: unknown[]) => { readonly decision: number } | undefined;
}

const NOT_RECORD = 0;

/**
 * A span that is not sampled keeps no attributes, so its method would be lost and the same endpoint would have two names.
 * Wraps `shouldSample` of the provider's sampler (private in 2.x and 3.x); without it only the method is lost.
 */
export function watchSampler(provider: unknown, listener: UnsampledListener): void {
  const parts = realProvider(provider) as { _tracerOptions?: { sampler?: Sampler } } | undefined;
  const sampler = parts?._tracerOptions?.sampler;
  if (typeof sampler?.shouldSample !== "function") return;
  const { shouldSample } = sampler;
  sampler.shouldSample = function (...args): ReturnType<Sampler["shouldSample"]> {
    const result = shouldSample.apply(this, args);
    if (result?.decision === NOT_RECORD)
      try {
        const [, traceId, , kind, attributes] = args;
        listener(String(traceId), Number(kind), (attributes ?? {}) as Readonly<Record<string, unknown>>);
      } catch (error) {
        debug("sampler", error);
      }
    return result;
  };
}
