import { debug } from "../log.ts";
import { realProvider } from "./provider.ts";

/** What a sampler decided against, at the only moment its attributes are to be seen. */
export type UnsampledListener = (
  traceId: string,
  kind: number,
  attributes: Readonly<Record<string, unknown>>,
) => void;

interface Sampler {
  shouldSample: (
    this: unknown,
    context: unknown,
    traceId: unknown,
    name: unknown,
    kind: unknown,
    attributes: unknown,
    links: unknown,
  ) => { readonly decision: number } | undefined;
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
  // Its six parameters by name: it is called for each span, and V8 does not inline what is called with a list.
  sampler.shouldSample = function (
    context,
    traceId,
    name,
    kind,
    attributes,
    links,
  ): ReturnType<Sampler["shouldSample"]> {
    const result = shouldSample.call(this, context, traceId, name, kind, attributes, links);
    if (result?.decision === NOT_RECORD)
      try {
        listener(String(traceId), Number(kind), (attributes ?? {}) as Readonly<Record<string, unknown>>);
      } catch (error) {
        debug("sampler", error);
      }
    return result;
  };
}
