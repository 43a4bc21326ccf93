import { cutFrame, type FrameNames, FrameTable, Strings, writeValueType } from "../window/pprof-frames.ts";
import { ProtoBuffer } from "../window/proto-buffer.ts";
import type { Steps } from "../window/steps.ts";
import type { HeapNode } from "./native.ts";
import type { HeapSample, HeapTable } from "./table.ts";

export interface HeapPprofInput extends FrameNames {
  readonly table: HeapTable;
  /** What the sampler counts: what is alive, or all that was allocated since the profile before. */
  readonly kind: "inuse" | "alloc";
  readonly intervalBytes: number;
  readonly epochNanos: bigint;
  readonly durationNanos: bigint;
  readonly threadName: string;
  /** Stacks that are kept, by size; the others are one. */
  readonly most: number;
}

/** Between two pauses: a millisecond, of stacks of some 30 frames. */
const STACKS_PER_STEP = 100;

/**
 * An ordinary pprof profile, uncompressed: objects and bytes per stack, under the names of Go's heap profiles.
 * Fields: https://github.com/google/pprof/blob/main/proto/profile.proto
 */
export function* buildHeapPprof(input: HeapPprofInput): Steps<Uint8Array> {
  const { table, kind, intervalBytes, most } = input;
  const strings = new Strings();
  const frames = new FrameTable();
  const out = new ProtoBuffer(65_536);
  const inner = new ProtoBuffer(4096);
  const packed = new ProtoBuffer(1024);
  const type = (field: number, name: string, unit: string): void =>
    writeValueType(out, strings, field, name, unit);
  type(1, `${kind}_objects`, "count");
  type(1, `${kind}_space`, "bytes");

  const objectsOf = (sample: HeapSample): number =>
    kind === "inuse" ? sample.inuseObjects : sample.allocObjects;
  const bytesOf = (sample: HeapSample): number => (kind === "inuse" ? sample.inuseBytes : sample.allocBytes);
  const thread = { key: strings.index("thread_name"), value: strings.index(input.threadName) };
  const nodeIds = new Int32Array(table.nodes.length);
  const locationId = (node: number): number => (nodeIds[node] ||= frames.id(table.nodes[node] as HeapNode));
  const sample = (locations: () => void, objects: number, bytes: number): void => {
    inner.clear();
    packed.clear();
    locations();
    inner.message(1, packed);
    packed.clear();
    packed.element(Math.round(objects));
    packed.element(Math.round(bytes));
    inner.message(2, packed);
    packed.clear();
    packed.uint(1, thread.key);
    packed.uint(2, thread.value);
    inner.message(3, packed);
    out.message(2, inner);
  };
  const all = table.samples.filter((one) => bytesOf(one) > 0);
  const kept = all.length <= most ? all : all.toSorted((a, b) => bytesOf(b) - bytesOf(a)).slice(0, most);
  let objectsLeft = 0;
  let bytesLeft = 0;
  for (const one of all) {
    objectsLeft += objectsOf(one);
    bytesLeft += bytesOf(one);
  }
  for (const [i, one] of kept.entries()) {
    if (i % STACKS_PER_STEP === STACKS_PER_STEP - 1) yield;
    objectsLeft -= objectsOf(one);
    bytesLeft -= bytesOf(one);
    const locations = (): void => {
      for (let node = one.node; node >= 0; node = table.parents[node] as number)
        packed.element(locationId(node));
    };
    sample(locations, objectsOf(one), bytesOf(one));
  }
  if (all.length > kept.length) {
    const rest = cutFrame(`(${all.length - kept.length} stacks cut)`);
    sample(() => packed.element(frames.id(rest)), objectsLeft, bytesLeft);
  }
  yield;
  yield* frames.write(out, strings, input);
  out.uint(9, Number(input.epochNanos));
  out.uint(10, Number(input.durationNanos));
  type(11, "space", "bytes");
  out.uint(12, intervalBytes);
  out.uint(14, strings.index(`${kind}_space`));
  yield;
  // The table last: it is complete only now. Order of fields is free in protobuf.
  yield* strings.write(out);
  return Uint8Array.from(out.view());
}
