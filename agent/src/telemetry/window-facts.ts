import type { Window } from "@hotspan/wire";
import { TickState } from "@hotspan/wire";

/** What the agent's own telemetry says of a window. */
export interface WindowFacts {
  readonly seq: number;
  readonly startEpochMillis: number;
  readonly durationMillis: number;
  /** Samples of running code with a span, and without one. */
  readonly labelled: number;
  readonly unlabelled: number;
  readonly idle: number;
  /** Samples that should have been taken, or whose context was lost. */
  readonly lostTicks: number;
  /** The longest that taking and encoding it held the loop at a stretch. */
  readonly stallMillis: number;
}

export function windowFacts({ header, ticks }: Window): WindowFacts {
  let labelled = 0;
  let unlabelled = 0;
  let idle = 0;
  for (let i = 0; i < ticks.state.length; i++) {
    if (ticks.state[i] === TickState.idle) idle += ticks.run[i] ?? 1;
    else if (ticks.label[i] === 0) unlabelled++;
    else labelled++;
  }
  const durationNanos = Number(header.end.monotonicNanos - header.start.monotonicNanos);
  // With the quiet loop an idle thread is not sampled, and owes ticks for the time it ran only.
  const due = Math.floor((header.quietLoop ? header.threadCpuNanos : durationNanos) / header.periodNanos);
  return {
    seq: header.seq,
    startEpochMillis: Number(header.start.epochNanos / 1_000_000n),
    durationMillis: durationNanos / 1e6,
    labelled,
    unlabelled,
    idle,
    lostTicks: header.droppedContexts + Math.max(0, due - header.takenTicks),
    stallMillis: header.flushStallNanos / 1e6,
  };
}
