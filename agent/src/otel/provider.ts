import type { HotspanSpanProcessor } from "./processor.ts";
import { isOurs } from "./processor.ts";
import type { OtelResource } from "./types.ts";

/** The private parts of a tracer provider the agent looks for. */
interface ProviderParts {
  shutdown?(): Promise<void>;
  forceFlush?(): Promise<void>;
  readonly _activeSpanProcessor?: { readonly _spanProcessors?: unknown };
  readonly activeSpanProcessor?: { readonly _spanProcessors?: unknown };
  addSpanProcessor?(processor: unknown): void;
  readonly _resource?: OtelResource;
  readonly resource?: OtelResource;
  getDelegate?(): unknown;
}

/** The provider behind the API's proxy. */
export function realProvider(provider: unknown): ProviderParts | undefined {
  if (typeof provider !== "object" || provider === null) return undefined;
  const parts = provider as ProviderParts;
  if (typeof parts.getDelegate !== "function") return parts;
  const delegate = parts.getDelegate();
  return typeof delegate === "object" && delegate !== null ? (delegate as ProviderParts) : undefined;
}

/**
 * Puts our processor into a provider that knows nothing of it. SDK 2.x and 3.x hold an array in a MultiSpanProcessor
 * (private); 1.x has `addSpanProcessor`. False if neither is there: spans then lack our attributes, nothing else is lost.
 */
export function addProcessor(provider: unknown, processor: HotspanSpanProcessor): boolean {
  const parts = realProvider(provider);
  if (parts === undefined) return false;
  const processors = processorsOf(parts);
  if (processors !== undefined) {
    // In front: exporters that read attributes in onStart see ours.
    if (!processors.some(isOurs)) processors.unshift(processor);
    return true;
  }
  if (typeof parts.addSpanProcessor === "function") {
    parts.addSpanProcessor(processor);
    return true;
  }
  return false;
}

/** So that the provider's shutdown is not the agent's. */
export function removeProcessor(provider: unknown): void {
  const processors = processorsOf(realProvider(provider));
  const at = processors?.findIndex(isOurs) ?? -1;
  if (at >= 0) processors?.splice(at, 1);
}

/** Sends the spans that wait; our own processor, if it can be told, is left out. */
export async function flushOthers(provider: unknown): Promise<void> {
  const parts = realProvider(provider);
  const processors = processorsOf(parts) as { forceFlush?(): Promise<void> }[] | undefined;
  if (processors === undefined) await parts?.forceFlush?.();
  else await Promise.all(processors.filter((one) => !isOurs(one)).map(async (one) => one.forceFlush?.()));
}

function processorsOf(parts: ProviderParts | undefined): unknown[] | undefined {
  const processors = (parts?._activeSpanProcessor ?? parts?.activeSpanProcessor)?._spanProcessors;
  return Array.isArray(processors) ? processors : undefined;
}

export function providerResource(provider: unknown): OtelResource | undefined {
  const parts = realProvider(provider);
  return parts?._resource ?? parts?.resource;
}
