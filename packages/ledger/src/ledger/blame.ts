import type { LedgerContext } from "../context.ts";
import type { BlameKind, LedgerBlame, LedgerLabel, LedgerRow } from "../types.ts";
import type { Analysis } from "./analysis.ts";
import type { Piece } from "./piece.ts";

interface Entry {
  readonly kind: BlameKind;
  readonly label: LedgerLabel | undefined;
  readonly stack: string | null;
  readonly frame: string | null;
  nano: number;
}

/** Who held the loop, by endpoint, trace, span and frame. Only `loop.held` is blamed: a hog that delayed nothing is not. */
export class Blame {
  readonly #entries = new Map<string, Entry>();

  add({ timeline }: Pick<Analysis, "timeline">, pieces: readonly Piece[], context: LedgerContext): void {
    for (const { start, end, class: name, segment } of pieces) {
      if (name !== "loop.held" || segment === undefined) continue;
      const label = segment.label < 0 ? undefined : timeline.labels[segment.label];
      const stack = segment.stack < 0 ? null : (timeline.stacks[segment.stack] as string);
      const frame = stack === null ? null : (context.frameOf?.(stack) ?? stack);
      const kind = kindOf(segment.kind, label);
      const key = [kind, label?.endpoint, label?.traceId, label?.spanId, frame].join("\0");
      const entry = this.#entries.get(key);
      if (entry === undefined) this.#entries.set(key, { kind, label, stack, frame, nano: end - start });
      else entry.nano += end - start;
    }
  }

  /** Heaviest first. `held`: the row they sum to, whose doubt they share. */
  entries(held: LedgerRow | undefined): LedgerBlame[] {
    if (held === undefined || held.nano === 0) return [];
    return [...this.#entries.values()]
      .map(({ kind, label, stack, frame, nano }) => ({
        endpoint: label?.endpoint || null,
        traceId: label?.traceId || null,
        spanId: label?.spanId || null,
        kind,
        frame,
        stack,
        nano,
        low: Math.min(nano, Math.round((nano * held.low) / held.nano)),
        high: Math.max(nano, Math.round((nano * held.high) / held.nano)),
      }))
      .sort((a, b) => b.nano - a.nano || (a.frame ?? "").localeCompare(b.frame ?? ""));
  }
}

function kindOf(segment: string, label: LedgerLabel | undefined): BlameKind {
  if (segment === "gc") return "gc";
  if (segment === "runtime") return "runtime";
  return label === undefined || (label.endpoint === "" && label.spanId === "") ? "unlabelled" : "request";
}
