import type { Header, Label, Ticks } from "@hotspan/wire";
import { sampleTotals } from "@hotspan/wire";
import type { RawNode } from "../sampler/native.ts";
import type { SourceMaps } from "../source-maps/source-maps.ts";
import type { TickTable } from "../sampler/ticks.ts";
import type { StackSample } from "./columns.ts";
import type { FileNames } from "./file-names.ts";
import { cutFrame, FrameTable, Strings, writeValueType } from "./pprof-frames.ts";
import { ProtoBuffer } from "./proto-buffer.ts";
import type { Steps } from "./steps.ts";

export interface PprofInput {
  readonly header: Header;
  readonly ticks: Ticks;
  readonly samples: readonly StackSample[];
  readonly labels: readonly Label[];
  readonly tree: Pick<TickTable, "nodes" | "parents">;
  readonly files: FileNames;
  /** Frames of a stack that are kept, from the leaf on. Below them one says how many are not there. Default all. */
  readonly depth?: number;
  readonly maps?: Pick<SourceMaps, "frame" | "debugId"> | undefined;
}

/** Frames of samples between two steps, where each sample counts as some more for its labels. */
const FRAMES_PER_STEP = 2000;
const FRAMES_OF_LABELS = 30;

/**
 * An ordinary pprof profile of the window, uncompressed: wall nanoseconds, CPU nanoseconds and count per stack and label
 * set; idle time is not in it. `Line.line` and `column` are where the function starts: V8 tells nodes apart by function, not
 * by line. Written straight into bytes: an object per label and a `TextEncoder` call per string took six times as long.
 * Fields: https://github.com/google/pprof/blob/main/proto/profile.proto
 */
export function* buildPprof({
  header,
  ticks,
  samples,
  labels,
  tree,
  files,
  maps,
  depth = Number.POSITIVE_INFINITY,
}: PprofInput): Steps<Uint8Array> {
  const strings = new Strings();
  const out = new ProtoBuffer(65_536);
  const inner = new ProtoBuffer(4096);
  const packed = new ProtoBuffer(1024);

  const type = (field: number, name: string, unit: string): void =>
    writeValueType(out, strings, field, name, unit);
  type(1, "wall", "nanoseconds");
  type(1, "cpu", "nanoseconds");
  type(1, "sample", "count");

  const frames = new FrameTable();
  const nodeIds = new Int32Array(tree.nodes.length);
  const locationId = (index: number): number => {
    const known = nodeIds[index] as number;
    if (known !== 0) return known;
    return (nodeIds[index] = frames.id(tree.nodes[index] as RawNode));
  };

  const keys = {
    thread: strings.index("thread_name"),
    trace: strings.index("trace_id"),
    span: strings.index("span_id"),
    root: strings.index("local_root_span_id"),
    endpoint: strings.index("endpoint"),
  };
  const thread = strings.index(header.threadName);
  const label = (key: number, value: number): void => {
    if (value === 0) return;
    packed.clear();
    packed.uint(1, key);
    packed.uint(2, value);
    inner.message(3, packed);
  };

  let framesLeft = FRAMES_PER_STEP;
  const totals = sampleTotals(ticks, header, samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as StackSample;
    inner.clear();
    packed.clear();
    framesLeft -= FRAMES_OF_LABELS;
    let kept = 0;
    let cut = 0;
    for (let node = sample.node; node >= 0; node = tree.parents[node] as number) {
      if (kept++ < depth) packed.element(locationId(node));
      else cut++;
      framesLeft--;
    }
    if (cut > 0) packed.element(frames.id(cutFrame(`(${cut} frames cut)`)));
    inner.message(1, packed);
    packed.clear();
    packed.element(totals.wallNanos[i] as number);
    packed.element(totals.cpuNanos[i] as number);
    packed.element(totals.ticks[i] as number);
    inner.message(2, packed);
    label(keys.thread, thread);
    const row = labels[sample.label - 1];
    if (row !== undefined) {
      label(keys.trace, strings.index(row.traceId));
      label(keys.span, strings.index(row.spanId));
      label(keys.root, strings.index(row.localRootId));
      label(keys.endpoint, strings.index(row.endpoint));
      for (const key of Object.keys(row.user))
        label(strings.index(key), strings.index(row.user[key] as string));
    }
    out.message(2, inner);
    if (framesLeft > 0) continue;
    framesLeft = FRAMES_PER_STEP;
    yield;
  }
  yield;

  yield* frames.write(out, strings, { files, maps });
  out.uint(9, Number(header.start.epochNanos));
  out.uint(10, Number(header.end.monotonicNanos - header.start.monotonicNanos));
  type(11, "wall", "nanoseconds");
  out.uint(12, header.periodNanos);
  out.uint(14, strings.index("wall"));
  yield;
  // The table last: it is complete only now. Order of fields is free in protobuf.
  yield* strings.write(out);
  return Uint8Array.from(out.view());
}
