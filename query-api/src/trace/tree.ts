/** What the tree functions need of a span. Times in ns since the start of the trace: they fit a number for 104 days. */
export interface TreeSpan {
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly start: number;
  readonly end: number;
}

export interface SpanTree {
  readonly spans: readonly TreeSpan[];
  readonly byId: ReadonlyMap<string, number>;
  /** Index of the parent; -1 for roots, for spans whose parent is missing, and where a cycle was cut. */
  readonly parent: Int32Array;
  readonly children: readonly (readonly number[])[];
  /** Every span before its children. */
  readonly order: readonly number[];
  /** There is a root, and every parent that is named is present. */
  readonly complete: boolean;
}

/**
 * Links spans by parent ids. Ids are unique (readers collapse duplicates). Parent links that run in a circle are cut at
 * the span that starts first.
 */
export function spanTree(spans: readonly TreeSpan[]): SpanTree {
  const byId = new Map(spans.map((span, index) => [span.spanId, index]));
  const parent = new Int32Array(spans.length).fill(-1);
  let roots = 0;
  let missing = 0;
  for (const [index, span] of spans.entries()) {
    if (span.parentSpanId === "") {
      roots++;
      continue;
    }
    const at = byId.get(span.parentSpanId);
    if (at === undefined || at === index) missing++;
    else parent[index] = at;
  }
  // 0: unseen, 1: on the path now, 2: done.
  const mark = new Uint8Array(spans.length);
  for (let from = 0; from < spans.length; from++) {
    const path: number[] = [];
    let at = from;
    while (at >= 0 && mark[at] === 0) {
      mark[at] = 1;
      path.push(at);
      at = parent[at]!;
    }
    if (at >= 0 && mark[at] === 1) {
      const circle = path.slice(path.indexOf(at));
      let first = at;
      for (const index of circle) if (before(spans[index]!, spans[first]!)) first = index;
      parent[first] = -1;
      missing++;
    }
    for (const index of path) mark[index] = 2;
  }
  const children: number[][] = spans.map(() => []);
  const order: number[] = [];
  for (let index = 0; index < spans.length; index++) {
    if (parent[index]! < 0) order.push(index);
    else children[parent[index]!]!.push(index);
  }
  for (let next = 0; next < order.length; next++)
    for (const child of children[order[next]!]!) order.push(child);
  return { spans, byId, parent, children, order, complete: roots > 0 && missing === 0 };
}

function before(a: TreeSpan, b: TreeSpan): boolean {
  return a.start < b.start || (a.start === b.start && a.spanId < b.spanId);
}

/** The span and all below it. */
export function descendants(tree: SpanTree, from: number): number[] {
  const found = [from];
  for (let next = 0; next < found.length; next++)
    for (const child of tree.children[found[next]!]!) found.push(child);
  return found;
}

/** Sums a per-span figure over each span's subtree. */
export function subtreeSums(tree: SpanTree, values: readonly number[]): number[] {
  const sums = [...values];
  for (let i = tree.order.length - 1; i >= 0; i--) {
    const index = tree.order[i]!;
    const parent = tree.parent[index]!;
    if (parent >= 0) sums[parent]! += sums[index]!;
  }
  return sums;
}

/** The span a trace is named after: a true root, else the first without its parent; earliest start, then longest. */
export function rootOf(tree: SpanTree): number | undefined {
  let best: number | undefined;
  for (const index of tree.order) {
    if (tree.parent[index]! >= 0) break;
    if (best === undefined) {
      best = index;
      continue;
    }
    const a = tree.spans[index]!;
    const b = tree.spans[best]!;
    const aRoot = a.parentSpanId === "" ? 0 : 1;
    const bRoot = b.parentSpanId === "" ? 0 : 1;
    if (aRoot < bRoot || (aRoot === bRoot && (a.start < b.start || (a.start === b.start && a.end > b.end))))
      best = index;
  }
  return best;
}
