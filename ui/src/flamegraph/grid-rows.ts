// The flame graph as rows of a tree: which are open, and what the keys of a treegrid do.
import { hotPlace } from "./hotpath.ts";
import { at, childrenOf, type FlameTree, pathTo } from "./tree.ts";

/** Nodes in reading order: each open node is followed by its children, the most expensive first. */
export function openRows(tree: FlameTree, open: ReadonlySet<number>): readonly number[] {
  const rows: number[] = [];
  const stack: number[] = tree.length > 0 ? [0] : [];
  while (stack.length > 0) {
    const node = stack.pop() as number;
    rows.push(node);
    if (!open.has(node)) continue;
    const children = childrenOf(tree, node);
    for (let i = children.length - 1; i >= 0; i--) stack.push(at(children, i));
  }
  return rows;
}

/** What is open at first: the way to where most of the time went. */
export function initiallyOpen(tree: FlameTree): ReadonlySet<number> {
  const hot = hotPlace(tree);
  return new Set(hot === undefined ? [0] : pathTo(tree, hot.node));
}

/** With everything above `node` open. */
export function openedTo(tree: FlameTree, open: ReadonlySet<number>, node: number): ReadonlySet<number> {
  const above = pathTo(tree, node).slice(0, -1);
  return above.every((one) => open.has(one)) ? open : new Set([...open, ...above]);
}

export type GridMove =
  | { readonly kind: "go"; readonly node: number }
  | { readonly kind: "open" | "close"; readonly node: number };

/** A key of the treegrid pattern (WAI-ARIA APG). Undefined when it means nothing here. */
export function gridMove(
  tree: FlameTree,
  rows: readonly number[],
  open: ReadonlySet<number>,
  node: number,
  key: string,
): GridMove | undefined {
  const index = rows.indexOf(node);
  const go = (to: number | undefined): GridMove | undefined =>
    to === undefined ? undefined : { kind: "go", node: to };
  const hasChildren = childrenOf(tree, node).length > 0;
  switch (key) {
    case "ArrowDown":
      return go(rows[index + 1]);
    case "ArrowUp":
      return go(rows[index - 1]);
    case "Home":
      return go(rows[0]);
    case "End":
      return go(rows.at(-1));
    case "PageDown":
      return go(rows[Math.min(rows.length - 1, index + 10)]);
    case "PageUp":
      return go(rows[Math.max(0, index - 10)]);
    case "ArrowRight":
      if (!hasChildren) return undefined;
      return open.has(node) ? go(rows[index + 1]) : { kind: "open", node };
    case "ArrowLeft": {
      if (hasChildren && open.has(node)) return { kind: "close", node };
      const parent = at(tree.parent, node);
      return parent >= 0 ? go(parent) : undefined;
    }
    default:
      return undefined;
  }
}
