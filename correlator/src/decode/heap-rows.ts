import { TickState } from "@hotspan/wire";
import { dayPartition } from "./partition.ts";
import { bucketSeconds } from "./sample-rows.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import type { CheckedWindow } from "./window.ts";

/** `profile_samples`, in the order of `SAMPLE_COLUMNS`: a row per type and stack that holds something. Returns how many. */
export function writeHeap(
  to: SegmentWriter,
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
  for (const { profileType, bytes, objects } of heap.values)
    for (let sample = 0; sample < bytes.length; sample++) {
      const value = bytes[sample] as number;
      if (value === 0) continue;
      const stack = (stacks.ofSample[sample] as number) - 1;
      out.string(service);
      out.string(profileType);
      out.string(header.instance);
      out.u32(header.threadId);
      out.u64(batch);
      // V8 keeps no context with an allocation: neither endpoint nor trace nor span.
      out.string("");
      out.string("");
      out.string("");
      out.u32(seconds);
      out.i64Number(startMicros);
      out.u64Lanes(stacks.index.high(stack), stacks.index.low(stack));
      out.u8(TickState.js);
      out.i64Number(value);
      out.i64Number(0);
      out.i64Number(objects[sample] as number);
      written++;
    }
  const ms = Math.floor(startMicros / 1000);
  to.rows(written, dayPartition(seconds * 1000), ms, ms);
  return written;
}
