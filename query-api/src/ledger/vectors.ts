import type { SpanVector, VectorFrame } from "@hotspan/ledger";
import type { NamedStacks } from "./frames.ts";
import type { Measured } from "./measure.ts";

export interface MeasuredSpan extends Measured {
  readonly attributes: Readonly<Record<string, string>>;
}

/** All stacks that these spans name. */
export function stacksOf(spans: readonly Measured[]): string[] {
  const stacks = new Set<string>();
  for (const { functions, blame } of spans) {
    for (const { stack } of functions) stacks.add(stack);
    for (const { stack } of blame) if (stack !== null) stacks.add(stack);
  }
  return [...stacks];
}

/** With their stacks named. Equal stacks share one array of callers, which is then read once. */
export function toVectors(
  spans: readonly MeasuredSpan[],
  names: readonly string[],
  { frames, stacks }: NamedStacks,
): SpanVector[] {
  const unknown: VectorFrame = { function: "(unknown)", package: null, file: null, kind: "runtime" };
  const known = new Map(
    names.map((name, i) => {
      const path = Array.from(stacks[i] ?? [], (id): VectorFrame => frames[id] ?? unknown);
      return [name, { frame: path[0] ?? unknown, callers: path.slice(1) }];
    }),
  );
  const none = { frame: unknown, callers: [] };
  return spans.map(({ functions, blame, ...span }) => ({
    ...span,
    functions: functions.map(({ class: name, stack, nano }) => ({
      class: name,
      nano,
      ...(known.get(stack) ?? none),
    })),
    blame: blame.map(({ endpoint, kind, stack, nano }) => ({
      endpoint,
      kind,
      nano,
      ...(stack === null ? { frame: null } : (known.get(stack) ?? none)),
    })),
  }));
}
