/** The little the agent touches of OpenTelemetry JS 1.x to 3.x, by shape: it never imports the API at run time. */

export interface OtelContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OtelContext;
  deleteValue(key: symbol): OtelContext;
}

export interface OtelSpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
}

export interface OtelSpan {
  spanContext(): OtelSpanContext;
  isRecording?(): boolean;
  setAttribute?(key: string, value: string | number): unknown;
  /** Of SDK spans only. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly kind?: number;
  readonly resource?: OtelResource;
  /** `[s, ns]` */
  readonly duration?: unknown;
}

export interface OtelResource {
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Functions as properties, not methods: labellers replace them. */
export interface ContextStorage {
  getStore: (this: unknown) => OtelContext | undefined;
  run: (
    this: unknown,
    store: OtelContext,
    fn: (...args: unknown[]) => unknown,
    ...args: unknown[]
  ) => unknown;
  enterWith: (this: unknown, store: OtelContext) => void;
}

export interface ContextManager {
  active(): OtelContext;
  with: (
    this: unknown,
    context: OtelContext,
    fn: (...args: unknown[]) => unknown,
    thisArg?: unknown,
    ...args: unknown[]
  ) => unknown;
  /** Of AsyncLocalStorageContextManager, private. */
  readonly _asyncLocalStorage?: ContextStorage;
}

/** The API's global, `globalThis[Symbol.for("opentelemetry.js.api.1")]`, private. */
export interface OtelGlobal {
  context?: ContextManager;
  trace?: unknown;
}

/** Of SpanKind: what comes from outside. */
export const SERVER = 1;
export const CONSUMER = 4;

// The API makes context keys with Symbol.for on purpose, so that copies of it agree.
export const SPAN_KEY: symbol = Symbol.for("OpenTelemetry Context Key SPAN");
export const SUPPRESS_KEY: symbol = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
export const RPC_KEY: symbol = Symbol.for("OpenTelemetry SDK Context Key RPC_METADATA");
export const GLOBAL_KEY: symbol = Symbol.for("opentelemetry.js.api.1");

export function otelGlobal(): OtelGlobal | undefined {
  return (globalThis as Record<symbol, OtelGlobal | undefined>)[GLOBAL_KEY];
}

export function spanIn(context: OtelContext | undefined): OtelSpan | undefined {
  return context === undefined ? undefined : (context.getValue(SPAN_KEY) as OtelSpan | undefined);
}
