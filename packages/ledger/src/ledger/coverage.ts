import type { LedgerCoverage } from "../types.ts";
import type { Tick } from "../timeline/stream.ts";
import { State } from "../timeline/stream.ts";
import type { Analysis } from "./analysis.ts";
import { firstTick } from "./rows.ts";

export function coverageOf({ timeline, pieces, start, end, bias, awaited }: Analysis): LedgerCoverage {
  const { periodNano, ticks } = timeline;
  const over = timeline.stretches.filter((stretch) => stretch.end > start && stretch.start < end);
  const quiet = over.every((stretch) => stretch.quiet);
  let taken = 0;
  let busyTicks = 0;
  for (let i = firstTick(ticks, start); i < ticks.length; i++) {
    const tick = ticks[i] as Tick;
    if (tick.time >= end) break;
    taken += tick.run;
    if (tick.state !== State.idle) busyTicks++;
  }
  // With the quiet loop a sleeping thread takes none.
  let due = 0;
  for (const piece of pieces) {
    if (!quiet || piece.segment?.kind !== "idle") due += piece.end - piece.start;
  }
  const expectedTicks = Math.round(due / periodNano);
  return {
    periodNano,
    expectedTicks,
    ticks: taken,
    lostTicks: Math.max(0, expectedTicks - (quiet ? Math.max(busyTicks, taken) : taken)),
    windows: over.length,
    clockErrorNano: awaited.reduce((most, { remote }) => Math.max(most, remote?.error ?? 0), bias),
    method: over.every((stretch) => stretch.journal) ? "journal" : quiet ? "quiet" : "ticks",
  };
}
