import { debug } from "../log.ts";
import { realProvider } from "../otel/provider.ts";
import { otelGlobal } from "../otel/types.ts";

/** `trace` of one copy of @opentelemetry/api. */
export interface TraceApi {
  setGlobalTracerProvider: (this: TraceApi, provider: unknown) => boolean;
  disable(): void;
}

/**
 * Lets the application's own tracer provider take the place of `ours`: the API would refuse it, and its spans would be lost.
 * @param copies of the API that the application may use; with any other one its provider is refused as usual.
 * @param replaced is called once theirs is registered.
 */
export function yieldToOwnSdk(
  copies: readonly TraceApi[],
  ours: unknown,
  replaced: (provider: unknown) => void,
): void {
  const restore: (() => void)[] = [];
  for (const api of copies) {
    const original = api.setGlobalTracerProvider;
    api.setGlobalTracerProvider = function (provider): boolean {
      if (provider === ours || realProvider(otelGlobal()?.trace) !== ours)
        return original.call(this, provider);
      for (const back of restore.splice(0)) back();
      api.disable();
      const accepted = original.call(this, provider);
      replaced(provider);
      return accepted;
    };
    restore.push(() => {
      Reflect.deleteProperty(api, "setGlobalTracerProvider");
    });
  }
}

interface Tracer {
  startSpan: (...args: unknown[]) => unknown;
  startActiveSpan: (...args: unknown[]) => unknown;
}

interface TracerSource {
  getTracer: (...args: unknown[]) => Tracer;
}

/**
 * Tracers that were handed out before the application's provider came make its spans from then on: instrumentations, and
 * modules that were loaded early, keep theirs for good. Returns what hands them over.
 */
export function followTracers(ours: unknown): (provider: unknown) => void {
  const source = ours as TracerSource;
  // As many as the provider itself keeps.
  const given = new Map<Tracer, readonly unknown[]>();
  const { getTracer } = source;
  source.getTracer = function (this: unknown, ...args): Tracer {
    const tracer = getTracer.apply(this, args);
    given.set(tracer, args);
    return tracer;
  };
  return (provider) => {
    source.getTracer = (...args) => (provider as TracerSource).getTracer(...args);
    for (const [tracer, args] of given) {
      const next = (provider as TracerSource).getTracer(...args);
      tracer.startSpan = (...call) => next.startSpan(...call);
      tracer.startActiveSpan = (...call) => next.startActiveSpan(...call);
    }
    given.clear();
  };
}

/** An instrumentation, of any major. */
export interface Instrumentation {
  readonly instrumentationName: string;
  enable(): void;
  disable(): void;
  /** Since 0.41. */
  getModuleDefinitions?(): readonly { readonly name: string }[];
}

/** `InstrumentationBase` of one copy of @opentelemetry/instrumentation. */
export interface InstrumentationClass {
  readonly prototype: { enable: (this: Instrumentation) => void };
}

/**
 * Switches one of `ours` off when the application is about to enable its own for the same library. Not afterwards: whoever
 * unpatches a function that was patched twice takes the outer patch away, which is theirs. Returns what switches off the rest.
 */
export function yieldToOwnInstrumentations(
  classes: readonly InstrumentationClass[],
  ours: readonly Instrumentation[],
): () => void {
  const left = new Map(ours.map((one) => [one.instrumentationName, one]));
  const off = (one: Instrumentation): void => {
    left.delete(one.instrumentationName);
    try {
      one.disable();
    } catch (error) {
      debug(`cannot disable ${one.instrumentationName}`, error);
    }
  };
  for (const { prototype } of classes) {
    const { enable } = prototype;
    prototype.enable = function (): void {
      const same = left.get(this.instrumentationName);
      if (same !== undefined && same !== this) off(same);
      enable.call(this);
    };
  }
  return () => {
    for (const one of left.values()) off(one);
  };
}
