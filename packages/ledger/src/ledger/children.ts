import type { LedgerChild } from "../types.ts";
import type { Analysis } from "./analysis.ts";
import { splits } from "./wait.ts";

/** The descendants that the span may have waited for, in order of their start. */
export function childrenOf({ awaited, holds, pieces, span, start, end }: Analysis): LedgerChild[] {
  return awaited
    .filter((child) => child.span !== span)
    .map((child) => {
      const from = Math.max(child.start, start);
      const until = Math.min(child.end, end);
      const own = holds.filter((hold) => hold.child === child.span.spanId);
      const lag = pieces.reduce(
        (sum, piece) =>
          piece.part === "loop_return" && piece.start >= from && piece.end <= until
            ? sum + piece.end - piece.start
            : sum,
        0,
      );
      const back = own.filter((hold) => !hold.sent);
      const low = lag + back.reduce((sum, hold) => sum + hold.low, 0);
      const high = lag + back.reduce((sum, hold) => sum + hold.high, 0);
      const held = lag + own.reduce((sum, hold) => sum + hold.nano, 0);
      const { remote } = child;
      const split = splits(child);
      const queuedNano = remote?.queued ?? 0;
      const remoteNano = remote === undefined ? null : remote.end - remote.start;
      return {
        spanId: child.span.spanId,
        name: child.span.name,
        kind: child.kind,
        openNano: Math.max(0, until - from),
        remoteNano,
        queuedNano,
        networkNano:
          split && remoteNano !== null
            ? Math.max(0, child.end - child.start - queuedNano - remoteNano - held)
            : null,
        loopReturnNano: { low, high },
      };
    });
}
