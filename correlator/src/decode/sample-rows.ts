import { TickState } from "@hotspan/wire";
import { RowWriter } from "@hotspan/store";
import { dayPartition } from "./partition.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import type { ShardedWriter } from "./sharded-writer.ts";
import type { CheckedWindow } from "./window.ts";

/** Constant columns first, then those of the label, then those of the tick: each group is copied in one piece. */
export const SAMPLE_COLUMNS: readonly string[] = [
  "ServiceName",
  "ProfileType",
  "Instance",
  "Thread",
  "Batch",
  "Endpoint",
  "TraceId",
  "SpanId",
  "Bucket",
  "Timestamp",
  "StackHash",
  "State",
  "Value",
  "CpuNano",
  "Objects",
];

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
  table: ShardedWriter,
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
  to: SegmentWriter,
  checked: CheckedWindow,
  service: string,
  batch: bigint,
  only?: { readonly shard: number; readonly byLabel: readonly number[] },
): number {
  const { window, stacks, weights, startMicros } = checked;
  const { header, ticks, labels } = window;
  const { out } = to;

  const scratch = new RowWriter({ initialBytes: 1024 });
  scratch.string(service);
  scratch.string("wall");
  scratch.string(header.instance);
  scratch.u32(header.threadId);
  scratch.u64(batch);
  const constant = scratch.toBytes();
  // Endpoint, trace id and span id of a tick without a label: three empty strings.
  const labelCells: (Uint8Array | undefined)[] = [new Uint8Array(3)];

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
    let cells = labelCells[row];
    if (cells === undefined) {
      const label = labels[row - 1];
      scratch.reset();
      scratch.string(label?.endpoint ?? "");
      scratch.string(label?.traceId ?? "");
      scratch.string(label?.spanId ?? "");
      cells = scratch.toBytes();
      labelCells[row] = cells;
    }
    const stack = (stacks.ofSample[sample - 1] as number) - 1;
    out.raw(constant);
    out.raw(cells);
    out.u32(seconds);
    out.i64Number(time);
    out.u64Lanes(stacks.index.high(stack), stacks.index.low(stack));
    out.u8(ticks.state[i] as number);
    out.i64Number(weights[i] as number);
    out.i64Number((ticks.cpuMicros[i] as number) * 1000);
    out.i64Number(0);
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
