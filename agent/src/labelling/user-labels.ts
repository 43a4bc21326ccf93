import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanRecord } from "../otel/span-book.ts";

export type UserLabels = Readonly<Record<string, string>>;

/** What a sample's context holds: the span's record, or this where user labels are in force too. */
export class LabelledSpan {
  readonly span: SpanRecord | undefined;
  readonly user: UserLabels;

  constructor(span: SpanRecord | undefined, user: UserLabels) {
    this.span = span;
    this.user = user;
  }
}

export type SampleContext = SpanRecord | LabelledSpan | undefined;

interface Scope {
  readonly user: UserLabels;
  readonly contexts: WeakMap<SpanRecord, LabelledSpan>;
  readonly bare: LabelledSpan;
}

let scopes: AsyncLocalStorage<Scope> | undefined;

/** Runs `fn` and everything it starts with these labels, added to those already in force. */
export function runWithUserLabels<R>(labels: UserLabels, fn: () => R): R {
  scopes ??= new AsyncLocalStorage();
  const user = { ...scopes.getStore()?.user, ...labels };
  return scopes.run({ user, contexts: new WeakMap(), bare: new LabelledSpan(undefined, user) }, fn);
}

/** Whether labels of the application are in force here. */
export function anyUserLabels(): boolean {
  return scopes?.getStore() !== undefined;
}

/** The same object for the same span and labels: samples are told apart by identity. */
export function sampleContext(span: SpanRecord | undefined): SampleContext {
  const scope = scopes?.getStore();
  if (scope === undefined) return span;
  if (span === undefined) return scope.bare;
  let context = scope.contexts.get(span);
  if (context === undefined) scope.contexts.set(span, (context = new LabelledSpan(span, scope.user)));
  return context;
}
