// A thread whose turns are given, as the agent would have seen it at 99 Hz: ticks on a grid while it works, one when it wakes.
import { stackHash, type WindowRow } from "./rows.ts";

export interface Turn {
  /** ms since the start of the window. */
  readonly at: number;
  readonly ms: number;
  readonly label?: Label | undefined;
  /** From root to leaf, as in `SampleRow`. */
  readonly stack: readonly string[];
}

export interface Label {
  readonly traceId: string;
  readonly spanId: string;
  readonly localRootId?: string;
  readonly endpoint: string;
}

const PERIOD_US = 10_101;

/** One window of 10 s. Turns in order, not overlapping; a turn that follows another at once resumed behind it. */
export function loopWindow(
  thread: {
    readonly service: string;
    readonly instance: string;
    readonly seq: number;
    readonly start: bigint;
  },
  turns: readonly Turn[],
): WindowRow {
  const labels: Label[] = [];
  const stacks: string[] = [];
  const numberOf = <T>(list: T[], value: T | undefined): number => {
    if (value === undefined) return 0;
    const at = list.indexOf(value);
    return at < 0 ? list.push(value) : at + 1;
  };
  const ticks: { at: number; state: number; cpu: number; label: number; stack: number }[] = [];
  const journal: { at: number; busy: number; label: number }[] = [];
  const resumes: { at: number; label: number }[] = [];
  let worked = 0;
  let end = 0;
  for (const turn of turns) {
    const at = Math.round(turn.at * 1000);
    const busy = Math.round(turn.ms * 1000);
    const label = numberOf(labels, turn.label);
    const stack = numberOf(stacks, String(stackHash(thread.service, turn.stack)));
    if (at - end >= PERIOD_US) {
      ticks.push({ at: at - 100, state: 4, cpu: worked, label: 0, stack: 0 });
      worked = 0;
    } else if (at === end && (journal.at(-1)?.busy ?? 0) >= 5000) resumes.push({ at, label });
    let from = at;
    for (let tick = Math.ceil((at + 1) / PERIOD_US) * PERIOD_US; tick < at + busy; tick += PERIOD_US) {
      ticks.push({ at: tick, state: 1, cpu: worked + tick - from, label, stack });
      worked = 0;
      from = tick;
    }
    worked += at + busy - from;
    end = at + busy;
    journal.push({ at, busy, label });
  }
  const deltas = (list: readonly { readonly at: number }[]): number[] =>
    list.map(({ at }, i) => at - (list[i - 1]?.at ?? 0));
  const mono = 3_600_000_000_000n + BigInt(thread.seq) * 10_000_000_000n;
  return {
    ...thread,
    labels,
    columns: {
      StartMonotonicNano: String(mono),
      EndMonotonicNano: String(mono + 10_000_000_000n),
      TakenTicks: ticks.length,
      HasJournal: true,
      TickDelta: deltas(ticks),
      TickState: ticks.map(({ state }) => state),
      TickCpu: ticks.map(({ cpu }) => cpu),
      TickLabel: ticks.map(({ label }) => label),
      TickStack: ticks.map(({ stack }) => stack),
      StackHashes: stacks,
      JournalThresholdMicros: 1000,
      TurnDelta: deltas(journal),
      TurnBusy: journal.map(({ busy }) => busy),
      TurnLabel: journal.map(({ label }) => label),
      ResumeDelta: deltas(resumes),
      ResumeLabel: resumes.map(({ label }) => label),
      ResumeSource: resumes.map(() => 5),
      ResumeLate: resumes.map(() => 0),
      RunDelayDelta: [],
      RunDelaySpan: [],
      RunDelay: [],
    },
  };
}
