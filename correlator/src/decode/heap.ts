import {
  type HeapReason,
  type Limits,
  readPprof,
  readPprofValues,
  type Window,
  WireError,
} from "@hotspan/wire";
import { readStacks, type Stacks } from "./stacks.ts";

/** Values of a heap profile in the store's terms, one per sample of its pprof section. */
export interface HeapValues {
  readonly profileType: "heap_inuse" | "heap_alloc";
  readonly bytes: Float64Array;
  readonly objects: Float64Array;
}

export interface CheckedHeap {
  readonly reason: HeapReason;
  readonly stacks: Stacks;
  readonly values: readonly HeapValues[];
}

const TYPES = [
  ["heap_inuse", "inuse"],
  ["heap_alloc", "alloc"],
] as const;

/**
 * Opens and checks the heap profile of a window; undefined if it has none.
 * @throws WireError HOTSPAN_WIRE_BAD_PPROF, or the code of the limit that was passed
 */
export function checkHeap({ heap }: Window, limits: Limits): CheckedHeap | undefined {
  if (heap === undefined) return undefined;
  const pprof = readPprof(heap.pprof, limits);
  const columns = readPprofValues(heap.pprof, limits);
  const values = TYPES.flatMap(([profileType, name]): HeapValues[] => {
    const bytes = columns.get(`${name}_space`);
    const objects = columns.get(`${name}_objects`);
    return bytes === undefined || objects === undefined ? [] : [{ profileType, bytes, objects }];
  });
  if (values.length === 0)
    throw new WireError("HOTSPAN_WIRE_BAD_PPROF", "the heap profile has no inuse_space and inuse_objects");
  const all = Uint32Array.from({ length: pprof.samples }, (_, i) => i + 1);
  return { reason: heap.reason, stacks: readStacks(pprof, all, limits), values };
}
