import { TickState } from "@hotspan/wire";
import { dayPartition } from "../partition.ts";
import type { SampleColumns } from "../sample-columns.ts";
import { bucketSeconds } from "../sample-rows.ts";
import type { ShardedWriter } from "../sharded-writer.ts";
import type { PlainProfile } from "./profile.ts";

/** `profile_samples`. Returns how many. */
export function writePlainSamples(
  table: ShardedWriter<SampleColumns>,
  profile: PlainProfile,
  batch: bigint,
): number {
  const { index } = profile.stacks;
  for (const sample of profile.samples) {
    const to = table.of(sample.traceId === "" ? profile.instance : sample.traceId);
    const { out } = to;
    const seconds = bucketSeconds(sample.micros);
    const context = out.context({
      service: profile.service,
      type: sample.type,
      instance: profile.instance,
      thread: sample.thread,
      batch,
      // Nothing in these formats names it.
      endpoint: "",
      traceId: sample.traceId,
      spanId: sample.spanId,
    });
    out.row(context, {
      seconds,
      micros: sample.micros,
      stackHigh: index.high(sample.stack),
      stackLow: index.low(sample.stack),
      state: TickState.js,
      value: sample.value,
      cpuNano: sample.cpuNano,
      objects: sample.objects,
    });
    to.row(dayPartition(seconds * 1000), Math.floor(sample.micros / 1000));
  }
  return profile.samples.length;
}

/** `profile_traces`: where the samples of each trace lie. */
export function writePlainTraces(table: ShardedWriter, profile: PlainProfile): void {
  interface Row {
    readonly traceId: string;
    readonly thread: number;
    readonly seconds: number;
    start: number;
    end: number;
  }
  const rows = new Map<string, Row>();
  for (const { type, traceId, thread, micros } of profile.samples) {
    if (traceId === "" || type !== "wall") continue;
    const seconds = bucketSeconds(micros);
    const key = `${seconds} ${traceId} ${thread}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { traceId, thread, seconds, start: micros, end: micros });
    else {
      row.start = Math.min(row.start, micros);
      row.end = Math.max(row.end, micros);
    }
  }
  for (const row of rows.values()) {
    const to = table.of(row.traceId);
    const { out } = to;
    out.string(profile.service);
    out.string("wall");
    out.string(profile.instance);
    out.u32(row.thread);
    out.string(row.traceId);
    out.string("");
    out.u32(row.seconds);
    out.i64Number(row.start);
    out.i64Number(row.end);
    to.rows(1, dayPartition(row.seconds * 1000), Math.floor(row.start / 1000), Math.floor(row.end / 1000));
  }
}
