// Who held the loop. A ledger tells it by function; a reader asks for the request first. Pure.
import type { LedgerBlame } from "../api/ledger-types.ts";
import { framePlace } from "./frames.ts";

/** One request (or garbage collection, or whatever else) that held the loop, with all of its functions. */
export interface Holder extends Omit<LedgerBlame, "frame"> {
  /** What it ran, the longest first. */
  readonly frames: readonly { readonly frame: NonNullable<LedgerBlame["frame"]>; readonly nano: number }[];
  /** Of its time, collections it made. */
  readonly gcNano: number;
}

const byNano = (a: { readonly nano: number }, b: { readonly nano: number }): number => b.nano - a.nano;

const sumOf = (parts: readonly LedgerBlame[], value: (one: LedgerBlame) => number): number =>
  parts.reduce((sum, one) => sum + value(one), 0);

/** Each holder once, the longest first. */
export function holdersOf(blame: readonly LedgerBlame[]): readonly Holder[] {
  const keyOf = ({ kind, endpoint, traceId, spanId }: LedgerBlame): string =>
    JSON.stringify([spanId === null ? kind : "request", endpoint, traceId, spanId]);
  return [...Map.groupBy(blame, keyOf).values()]
    .map((parts): Holder => {
      const { frame: _, ...first } = parts[0] as LedgerBlame;
      const frames = Map.groupBy(parts, ({ frame }) => frame && `${frame.function} ${framePlace(frame)}`);
      return {
        ...first,
        kind: first.spanId === null ? first.kind : "request",
        gcNano: sumOf(parts, ({ kind, nano }) => (kind === "gc" ? nano : 0)),
        nano: sumOf(parts, ({ nano }) => nano),
        low: sumOf(parts, ({ low }) => low),
        high: sumOf(parts, ({ high }) => high),
        frames: [...frames.values()]
          .flatMap((same) => {
            const { frame } = same[0] as LedgerBlame;
            return frame === null ? [] : [{ frame, nano: sumOf(same, ({ nano }) => nano) }];
          })
          .toSorted(byNano),
      };
    })
    .toSorted(byNano);
}

/** The names that the held time is under, the longest first: requests of one endpoint count together. */
export function heldByName(
  blame: readonly LedgerBlame[],
): readonly { readonly words: string; readonly nano: number }[] {
  return [...Map.groupBy(blame, holderWords)]
    .map(([words, parts]) => ({ words, nano: sumOf(parts, ({ nano }) => nano) }))
    .toSorted(byNano);
}

/** An endpoint, or work of no request. */
export function holderWords(holder: Pick<LedgerBlame, "endpoint" | "kind">): string {
  if (holder.endpoint !== null && holder.endpoint !== "") return holder.endpoint;
  switch (holder.kind) {
    case "request":
      return "Another request";
    case "unlabelled":
      return "Work of no request";
    case "gc":
      return "Garbage collection";
    case "runtime":
      return "Node.js runtime";
  }
}
