import { TickState } from "@hotspan/wire";
import { dayPartition } from "./partition.ts";
import type { SampleColumns } from "./sample-columns.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import type { ShardedWriter } from "./sharded-writer.ts";
import type { CheckedWindow } from "./window.ts";

export const TRACE_COLUMNS: readonly string[] = [
  "ServiceName",
  "ProfileType",
  "Instance",
  "Thread",
  "TraceId",
  "Endpoint",
  "Bucket",
  "Start",
  "End",
];

const bucketMicros = 600_000_000;

/** `Bucket` of a time in Unix microseconds. */
export function bucketSeconds(micros: number): number {
  return Math.floor(micros / bucketMicros) * (bucketMicros / 1_000_000);
}

/** `profile_samples`: one row per tick with a stack. Returns how many. */
export function writeSamples(
  table: ShardedWriter<SampleColumns>,
  checked: CheckedWindow,
  service: string,
  batch: bigint,
): number {
  if (table.shards.length === 1) return writeSamplesOf(table.of(""), checked, service, batch);
  // Each shard goes through the ticks by itself and leaves out those of the others: a thousand ticks a window are soon passed.
  const { labels, header } = checked.window;
  const byLabel = ["", ...labels.map((label) => label.traceId)].map((traceId) =>
    table.shardOf(traceId === "" ? header.instance : traceId),
  );
  return table.shards.reduce(
    (written, to, shard) =>
      byLabel.includes(shard)
        ? written + writeSamplesOf(to, checked, service, batch, { shard, byLabel })
        : written,
    0,
  );
}

/** @param only the shard whose ticks are meant, and that of each label, 0 for none */
function writeSamplesOf(
  to: SegmentWriter<SampleColumns>,
  checked: CheckedWindow,
  service: string,
  batch: bigint,
  only?: { readonly shard: number; readonly byLabel: readonly number[] },
): number {
  const { window, stacks, weights, startMicros } = checked;
  const { header, ticks, labels } = window;
  const { out } = to;

  /** By label; that of ticks without one is the first. */
  const contexts: (number | undefined)[] = [];
  const contextOf = (row: number): number => {
    const label = labels[row - 1];
    return (contexts[row] ??= out.context({
      service,
      type: "wall",
      instance: header.instance,
      thread: header.threadId,
      batch,
      endpoint: label?.endpoint ?? "",
      traceId: label?.traceId ?? "",
      spanId: label?.spanId ?? "",
    }));
  };

  let written = 0;
  let time = startMicros;
  let bucket = Number.NaN;
  let inBucket = 0;
  let first = 0;
  let last = 0;
  const endBucket = (): void => {
    if (inBucket === 0) return;
    to.rows(inBucket, dayPartition(bucket * 1000), Math.floor(first / 1000), Math.floor(last / 1000));
    inBucket = 0;
  };
  for (let i = 0; i < weights.length; i++) {
    time += ticks.deltaMicros[i] as number;
    const sample = ticks.stack[i] as number;
    if (sample === 0 || ticks.state[i] === TickState.idle) continue;
    const row = ticks.label[i] as number;
    if (only !== undefined && only.byLabel[row] !== only.shard) continue;
    const seconds = bucketSeconds(time);
    if (seconds !== bucket) {
      endBucket();
      bucket = seconds;
      first = time;
    }
    last = time;
    inBucket++;
    const stack = (stacks.ofSample[sample - 1] as number) - 1;
    out.row(contextOf(row), {
      seconds,
      micros: time,
      stackHigh: stacks.index.high(stack),
      stackLow: stacks.index.low(stack),
      state: ticks.state[i] as number,
      value: weights[i] as number,
      cpuNano: (ticks.cpuMicros[i] as number) * 1000,
      objects: 0,
    });
    written++;
  }
  endBucket();
  return written;
}

interface TraceRow {
  readonly traceId: string;
  readonly endpoint: string;
  readonly bucket: number;
  start: number;
  end: number;
}

/** `profile_traces`: per trace, endpoint and bucket the first and last tick with a stack. */
export function writeTraces(table: ShardedWriter, checked: CheckedWindow, service: string): void {
  const { window, startMicros } = checked;
  const { header, ticks, labels } = window;
  const rows = new Map<string, TraceRow>();
  // Ticks of one span follow each other: most find their row without a look-up.
  let current: TraceRow | undefined;
  let currentLabel = 0;
  let time = startMicros;
  for (let i = 0; i < ticks.state.length; i++) {
    time += ticks.deltaMicros[i] as number;
    const labelRow = ticks.label[i] as number;
    if (labelRow === 0 || ticks.stack[i] === 0) continue;
    const bucket = Math.floor(time / bucketMicros);
    if (labelRow !== currentLabel || current?.bucket !== bucket) {
      currentLabel = labelRow;
      const { traceId = "", endpoint = "" } = labels[labelRow - 1] ?? {};
      if (traceId === "") {
        currentLabel = 0;
        continue;
      }
      const key = `${bucket} ${traceId} ${endpoint}`;
      current = rows.get(key);
      if (current === undefined) {
        current = { traceId, endpoint, bucket, start: time, end: time };
        rows.set(key, current);
      }
    }
    current.end = time;
  }
  for (const row of rows.values()) {
    const to = table.of(row.traceId);
    const { out } = to;
    const seconds = (row.bucket * bucketMicros) / 1_000_000;
    out.string(service);
    out.string("wall");
    out.string(header.instance);
    out.u32(header.threadId);
    out.string(row.traceId);
    out.string(row.endpoint);
    out.u32(seconds);
    out.i64Number(row.start);
    out.i64Number(row.end);
    to.rows(1, dayPartition(seconds * 1000), Math.floor(row.start / 1000), Math.floor(row.end / 1000));
  }
}
