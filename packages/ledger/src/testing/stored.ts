// What the store would hand to the ledger: windows and events with distinct stacks, and the names of their frames.
import { createHash } from "node:crypto";
import { type Pprof, readPprof, type Window } from "@hotspan/wire";
import type { LedgerEvent, LedgerWindow } from "../types.ts";

// perf_hooks.constants.NODE_PERFORMANCE_GC_*; 2 is V8's minor mark-sweep.
const GC_KINDS: Readonly<Record<number, LedgerEvent["kind"]>> = {
  1: "gc_minor",
  2: "gc_minor",
  4: "gc_major",
  8: "gc_incremental",
  16: "gc_weakcb",
};

/** Function names of a stack, leaf first, by its id. */
export type Stacks = Map<string, readonly string[]>;

export function ledgerWindow(window: Window, known: Stacks): LedgerWindow {
  const { header, ticks, labels, journal } = window;
  const pprof = readPprof(window.pprof);
  const stacks: string[] = [];
  const numbers = new Map<string, number>();
  const ofSample = new Map<number, number>();
  const numberOf = (sample: number): number => {
    const found = ofSample.get(sample);
    if (found !== undefined) return found;
    const names = framesOf(pprof, sample - 1);
    const id = createHash("sha1").update(names.join("\n")).digest().readBigUInt64LE().toString();
    known.set(id, names);
    const number = numbers.get(id) ?? stacks.push(id);
    numbers.set(id, number);
    ofSample.set(sample, number);
    return number;
  };
  return {
    instance: header.instance,
    thread: header.threadId,
    startUnixNano: header.start.epochNanos,
    endUnixNano: header.end.epochNanos,
    startMonotonicNano: header.start.monotonicNanos,
    endMonotonicNano: header.end.monotonicNanos,
    seq: header.seq,
    part: header.part,
    parts: header.parts,
    periodNano: header.periodNanos,
    quietLoop: header.quietLoop,
    hasJournal: journal !== undefined,
    expectedTicks: header.expectedTicks,
    takenTicks: header.takenTicks,
    droppedContexts: header.droppedContexts,
    tickDelta: ticks.deltaMicros,
    tickState: ticks.state,
    tickCpu: ticks.cpuMicros,
    tickLabel: ticks.label,
    tickStack: ticks.stack.map((sample) => (sample === 0 ? 0 : numberOf(sample))),
    tickRun: ticks.run,
    labels,
    stacks,
    turnDelta: journal?.turnDeltaMicros ?? [],
    turnBusy: journal?.turnBusyMicros ?? [],
    turnLabel: journal?.turnLabel ?? [],
    resumeDelta: journal?.resumeDeltaMicros ?? [],
    resumeLabel: journal?.resumeLabel ?? [],
    resumeSource: journal?.resumeSource ?? [],
    resumeLate: journal?.resumeLateMicros ?? [],
    runDelayDelta: journal?.runDelayDeltaMicros ?? [],
    runDelaySpan: journal?.runDelaySpanMicros ?? [],
    runDelay: journal?.runDelayMicros ?? [],
    journalThresholdMicros: journal?.thresholdMicros ?? 0,
    cgroupThrottledMicros: header.cgroup?.throttledMicros ?? 0,
  };
}

export function ledgerEvents({ header, events }: Window): LedgerEvent[] {
  const found: LedgerEvent[] = [];
  const add = (delta: Uint32Array, duration: Uint32Array, kind: (i: number) => LedgerEvent["kind"]): void => {
    let micros = 0;
    for (let i = 0; i < delta.length; i++) {
      micros += delta[i] as number;
      const startUnixNano = header.start.epochNanos + BigInt(micros) * 1000n;
      found.push({ kind: kind(i), startUnixNano, durationNano: (duration[i] as number) * 1000 });
    }
  };
  add(
    events.gcDeltaMicros,
    events.gcDurationMicros,
    (i) => GC_KINDS[events.gcKind[i] as number] ?? "gc_other",
  );
  add(events.poolDeltaMicros, events.poolQueueMicros, () => "pool");
  return found;
}

function framesOf(pprof: Pprof, sample: number): string[] {
  const names: string[] = [];
  const last = pprof.sampleStart[sample + 1] as number;
  for (let l = pprof.sampleStart[sample] as number; l < last; l++) {
    const location = pprof.sampleLocations[l] as number;
    const end = pprof.lineStart[location + 1] as number;
    for (let line = pprof.lineStart[location] as number; line < end; line++)
      names.push(pprof.string(pprof.functionName[pprof.lineFunction[line] as number] as number));
  }
  return names;
}
