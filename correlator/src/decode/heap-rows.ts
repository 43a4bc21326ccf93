import { TickState } from "@hotspan/wire";
import { dayPartition } from "./partition.ts";
import type { SampleColumns } from "./sample-columns.ts";
import { bucketSeconds } from "./sample-rows.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import type { CheckedWindow } from "./window.ts";

/** `profile_samples`: a row per type and stack that holds something. Returns how many. */
export function writeHeap(
  to: SegmentWriter<SampleColumns>,
  { window, heap, startMicros }: CheckedWindow,
  service: string,
  batch: bigint,
): number {
  if (heap === undefined) return 0;
  const { header } = window;
  const { stacks } = heap;
  const { out } = to;
  const seconds = bucketSeconds(startMicros);
  let written = 0;
  for (const { profileType, bytes, objects } of heap.values) {
    const context = out.context({
      service,
      type: profileType,
      instance: header.instance,
      thread: header.threadId,
      batch,
      // V8 keeps no context with an allocation.
      endpoint: "",
      traceId: "",
      spanId: "",
    });
    for (let sample = 0; sample < bytes.length; sample++) {
      const value = bytes[sample] as number;
      if (value === 0) continue;
      const stack = (stacks.ofSample[sample] as number) - 1;
      out.row(context, {
        seconds,
        micros: startMicros,
        stackHigh: stacks.index.high(stack),
        stackLow: stacks.index.low(stack),
        state: TickState.js,
        value,
        cpuNano: 0,
        objects: objects[sample] as number,
      });
      written++;
    }
  }
  const ms = Math.floor(startMicros / 1000);
  to.rows(written, dayPartition(seconds * 1000), ms, ms);
  return written;
}
