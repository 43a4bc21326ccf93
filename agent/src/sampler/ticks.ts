import { TickState } from "@hotspan/wire";
import type { RawNode, RawProfile, RawSample } from "./native.ts";

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
 * One pass over V8's tree, without recursion (a stack may be deep) and without a copy of the stack per node: 60 s of a busy
 * thread cost the stock serialiser up to 2.4 s and 900 MB.
 * @param epochOffsetMicros what the sampler's time stamps are ahead of the monotonic clock.
 */
export function collectTicks(profile: RawProfile, epochOffsetMicros: number): TickTable {
  const nodes: RawNode[] = [];
  const parents: number[] = [];
  const samples: RawSample[] = [];
  const owners: number[] = [];
  const states: number[] = [];
  let hits = profile.topDownRoot.hitCount;

  const pending: RawNode[] = [];
  const pendingParents: number[] = [];
  for (const child of profile.topDownRoot.children) {
    pending.push(child);
    pendingParents.push(-1);
  }
  let node: RawNode | undefined;
  while ((node = pending.pop()) !== undefined) {
    const parent = pendingParents.pop() as number;
    const index = nodes.length;
    nodes.push(node);
    parents.push(parent);
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
  }

  const count = samples.length;
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) times[i] = Number((samples[i] as RawSample).timestamp) - epochOffsetMicros;
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (times[a] as number) - (times[b] as number),
  );
  const table = {
    time: new Float64Array(count),
    state: new Uint8Array(count),
    cpu: new Float64Array(count),
    context: Array.from<unknown>({ length: count }),
    node: new Int32Array(count),
    nodes,
    parents,
    hits,
  };
  for (let i = 0; i < count; i++) {
    const from = order[i] as number;
    const sample = samples[from] as RawSample;
    table.time[i] = times[from] as number;
    table.state[i] = states[from] as number;
    table.cpu[i] = sample.cpuTime;
    table.context[i] = sample.context;
    table.node[i] = owners[from] as number;
  }
  return table;
}
