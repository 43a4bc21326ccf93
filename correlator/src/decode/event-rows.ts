import { dayPartition } from "./partition.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import type { CheckedWindow } from "./window.ts";

export const EVENT_COLUMNS: readonly string[] = [
  "Instance",
  "Thread",
  "Timestamp",
  "ServiceName",
  "Kind",
  "DurationNano",
  "Batch",
];

// perf_hooks.constants.NODE_PERFORMANCE_GC_*; 2 is V8's minor mark-sweep, which Node has no name for.
const gcKinds: Readonly<Record<number, string>> = {
  1: "gc_minor",
  2: "gc_minor",
  4: "gc_major",
  8: "gc_incremental",
  16: "gc_weakcb",
};

/** `profile_events`: garbage collections, thread-pool probes, and heaps that were about to pass their limit. */
export function writeEvents(to: SegmentWriter, checked: CheckedWindow, service: string, batch: bigint): void {
  const { header, events } = checked.window;
  const { out } = to;
  const write = (micros: number, kind: string, durationMicros: number): void => {
    out.string(header.instance);
    out.u32(header.threadId);
    out.i64Number(micros);
    out.string(service);
    out.string(kind);
    out.i64Number(durationMicros * 1000);
    out.u64(batch);
    const ms = Math.floor(micros / 1000);
    to.row(dayPartition(ms), ms);
  };
  let time = checked.startMicros;
  for (let i = 0; i < events.gcDeltaMicros.length; i++) {
    time += events.gcDeltaMicros[i] as number;
    write(time, gcKinds[events.gcKind[i] as number] ?? "gc_other", events.gcDurationMicros[i] as number);
  }
  time = checked.startMicros;
  for (let i = 0; i < events.poolDeltaMicros.length; i++) {
    time += events.poolDeltaMicros[i] as number;
    write(time, "pool", events.poolQueueMicros[i] as number);
  }
  if (checked.heap?.reason === "near_limit") write(checked.startMicros, "heap_near_limit", 0);
}
