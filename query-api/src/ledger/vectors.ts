import type { FunctionTime, SpanVector, VectorFrame } from "@hotspan/ledger";
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
    functions: besideCode(
      functions.map(({ class: name, stack, nano }) => ({ class: name, nano, ...(known.get(stack) ?? none) })),
    ),
    blame: blame.map(({ endpoint, kind, stack, nano }) => ({
      endpoint,
      kind,
      nano,
      ...(stack === null ? { frame: null } : (known.get(stack) ?? none)),
    })),
  }));
}

const isBareCollection = ({ frame, callers }: FunctionTime): boolean =>
  frame.kind === "gc" && (callers ?? []).length === 0;

/**
 * V8 shows a collection without the stack that it interrupted. Code that allocates is what makes it necessary, so its time is
 * laid on the stacks of the same span, as each was on the CPU; with none, it stays alone.
 */
function besideCode(functions: readonly FunctionTime[]): readonly FunctionTime[] {
  const code = functions.filter((one) => one.class === "cpu.self" && one.frame.kind !== "gc");
  const total = code.reduce((sum, one) => sum + one.nano, 0);
  if (total === 0) return functions;
  return functions.flatMap((one): FunctionTime[] => {
    if (one.class !== "gc" || !isBareCollection(one)) return [one];
    const shares = code.map((beside) => Math.floor((one.nano * beside.nano) / total));
    // What rounding left over: a few ns.
    shares[0]! += one.nano - shares.reduce((sum, share) => sum + share, 0);
    return code.map((beside, i) => ({ ...beside, class: "gc", nano: shares[i]! }));
  });
}
