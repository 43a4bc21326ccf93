import type { HeapNode } from "./native.ts";

/** What was allocated at one stack. */
export interface HeapSample {
  /** Index into the nodes. */
  readonly node: number;
  readonly inuseObjects: number;
  readonly inuseBytes: number;
  readonly allocObjects: number;
  readonly allocBytes: number;
}

export interface HeapTable {
  readonly nodes: readonly HeapNode[];
  /** Parent of each node; -1 of V8's root and under it. */
  readonly parents: readonly number[];
  readonly samples: readonly HeapSample[];
}

/** One pass over V8's tree, without recursion: a tree that was read from a file may be of any depth. */
export function collectHeap(root: HeapNode): HeapTable {
  const nodes: HeapNode[] = [];
  const parents: number[] = [];
  const samples: HeapSample[] = [];
  const pending: HeapNode[] = [root];
  const pendingParents: number[] = [-1];
  let node: HeapNode | undefined;
  while ((node = pending.pop()) !== undefined) {
    const parent = pendingParents.pop() as number;
    const index = nodes.push(node) - 1;
    parents.push(parent);
    const sample = { node: index, inuseObjects: 0, inuseBytes: 0, allocObjects: 0, allocBytes: 0 };
    for (const objects of node.allocations) {
      if ("count" in objects) {
        sample.inuseObjects += objects.count;
        sample.inuseBytes += objects.count * objects.sizeBytes;
      } else {
        sample.inuseObjects += objects.inuseObjects;
        sample.inuseBytes += objects.inuseSpaceBytes;
        sample.allocObjects += objects.allocObjects;
        sample.allocBytes += objects.allocSpaceBytes;
      }
    }
    if (sample.inuseBytes > 0 || sample.allocBytes > 0) samples.push(sample);
    for (const child of node.children) {
      pending.push(child);
      // V8's own root is no frame, except of what was allocated under nothing else.
      pendingParents.push(node === root ? -1 : index);
    }
  }
  return { nodes, parents, samples };
}
