import { TickState } from "@hotspan/wire";
import type { Steps } from "../window/steps.ts";
import type { RawNode, RawProfile, RawSample } from "./native.ts";
import { StackTree } from "./stack-tree.ts";

/** The samples of one window in time order, and the nodes their stacks run through. */
export interface TickTable {
  /** Monotonic microseconds. */
  readonly time: Float64Array;
  readonly state: Uint8Array;
  /** CPU nanoseconds of the thread since the previous sample. */
  readonly cpu: Float64Array;
  readonly context: readonly unknown[];
  /** Index into `nodes`; -1 when idle. */
  readonly node: Int32Array;
  readonly nodes: readonly RawNode[];
  /** Parent of each node; -1 under the root. */
  readonly parents: readonly number[];
  /** Hits, whether or not the sampler could keep their context. */
  readonly hits: number;
}

/** Between two steps. */
const NODES_PER_STEP = 128;

function stateOf(name: string): number {
  switch (name) {
    case "(idle)":
      return TickState.idle;
    case "(program)":
      return TickState.program;
    case "(garbage collector)":
      return TickState.gc;
    default:
      return TickState.js;
  }
}

/**
 * The ticks of a window that was taken in slices, one behind the other; pauses between them. One pass over V8's trees, without
 * recursion (a stack may be deep) and without a copy of the stack per node: 60 s of a busy thread cost the stock serialiser
 * up to 2.4 s and 900 MB.
 * @param epochOffsetMicros what the sampler's time stamps are ahead of the monotonic clock.
 */
export function* collectTicks(slices: readonly RawProfile[], epochOffsetMicros: number): Steps<TickTable> {
  const tree = new StackTree();
  const parts: SliceTicks[] = [];
  let hits = 0;
  let count = 0;
  for (const [i, slice] of slices.entries()) {
    if (i > 0) yield;
    const part = yield* ticksOf(slice, tree, epochOffsetMicros, i === 0);
    hits += part.hits;
    count += part.time.length;
    parts.push(part);
  }
  const table = { ...columns(count), nodes: tree.nodes, parents: tree.parents, hits };
  let at = 0;
  for (const part of parts) {
    table.time.set(part.time, at);
    table.state.set(part.state, at);
    table.cpu.set(part.cpu, at);
    table.node.set(part.node, at);
    for (const context of part.context) table.context[at++] = context;
  }
  return table;
}

interface Columns {
  readonly time: Float64Array;
  readonly state: Uint8Array;
  readonly cpu: Float64Array;
  readonly context: unknown[];
  readonly node: Int32Array;
}

interface SliceTicks extends Columns {
  readonly hits: number;
}

function columns(count: number): Columns {
  return {
    time: new Float64Array(count),
    state: new Uint8Array(count),
    cpu: new Float64Array(count),
    context: Array.from<unknown>({ length: count }),
    node: new Int32Array(count),
  };
}

function* ticksOf(
  { topDownRoot }: RawProfile,
  tree: StackTree,
  epochOffsetMicros: number,
  first: boolean,
): Steps<SliceTicks> {
  const samples: RawSample[] = [];
  const owners: number[] = [];
  const states: number[] = [];
  let hits = topDownRoot.hitCount;

  const pending: RawNode[] = [];
  const pendingParents: number[] = [];
  for (const child of topDownRoot.children) {
    pending.push(child);
    pendingParents.push(-1);
  }
  let walked = 0;
  let node: RawNode | undefined;
  while ((node = pending.pop()) !== undefined) {
    const parent = pendingParents.pop() as number;
    const index = first ? tree.add(node, parent) : tree.merge(node, parent);
    hits += node.hitCount;
    // V8's own pseudo-functions stand directly under the root.
    const state = parent === -1 ? stateOf(node.name) : TickState.js;
    for (const sample of node.contexts) {
      samples.push(sample);
      owners.push(state === TickState.idle ? -1 : index);
      states.push(state);
    }
    for (const child of node.children) {
      pending.push(child);
      pendingParents.push(index);
    }
    if (++walked % NODES_PER_STEP === 0) yield;
  }

  yield;
  const count = samples.length;
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) times[i] = Number((samples[i] as RawSample).timestamp) - epochOffsetMicros;
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  order.sort((a, b) => (times[a] as number) - (times[b] as number));
  yield;
  const ticks = columns(count);
  for (let i = 0; i < count; i++) {
    const from = order[i] as number;
    const sample = samples[from] as RawSample;
    ticks.time[i] = times[from] as number;
    ticks.state[i] = states[from] as number;
    ticks.cpu[i] = sample.cpuTime;
    ticks.context[i] = sample.context;
    ticks.node[i] = owners[from] as number;
  }
  return { ...ticks, hits };
}
