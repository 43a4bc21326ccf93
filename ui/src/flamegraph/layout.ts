// Which boxes stand in the viewport, in CSS pixels. Cost follows the picture, not the profile: per row a binary
// search finds the first visible node, and everything narrower than a pixel is skipped in one jump.
import { at, type FlameTree } from "./tree.ts";

/** A part of the tree: values [from, to) across the width, rows [firstRow, lastRow]. */
export interface FlameView {
  readonly from: number;
  readonly to: number;
  readonly firstRow: number;
  readonly lastRow: number;
  readonly width: number;
}

export interface FlameBoxes {
  readonly length: number;
  readonly node: Uint32Array;
  readonly row: Uint16Array;
  readonly x: Float32Array;
  readonly width: Float32Array;
  /** 1: stands for several frames too narrow to draw one by one; `node` is the first of them. */
  readonly merged: Uint8Array;
}

export const narrowest = 1;

export function wholeView(tree: FlameTree, width: number): FlameView {
  return { from: 0, to: tree.length > 0 ? at(tree.total, 0) : 0, firstRow: 0, lastRow: tree.maxDepth, width };
}

/** The view in which `node` takes the full width; its ancestors above it do too. */
export function zoomedTo(tree: FlameTree, node: number, view: FlameView): FlameView {
  const from = at(tree.start, node);
  return { ...view, from, to: from + at(tree.total, node) };
}

/** Left edge and width of a node in the view, pixels; undefined where none of it is in view. */
export function placeOf(
  tree: FlameTree,
  view: FlameView,
  node: number,
): { readonly x: number; readonly width: number } | undefined {
  const start = at(tree.start, node);
  const end = start + at(tree.total, node);
  if (!(view.to > view.from) || start >= view.to || end <= view.from) return undefined;
  const perValue = view.width / (view.to - view.from);
  const x = Math.max(0, (start - view.from) * perValue);
  return { x, width: Math.max(1, Math.min(view.width, (end - view.from) * perValue) - x) };
}

/**
 * The last row with a frame at least this wide, below the one that takes the full width. No frame is wider than its caller, and
 * siblings stand by width: few are looked at.
 */
export function lastRowOf(tree: FlameTree, zoomed: number, width: number, least: number): number {
  const whole = tree.length > 0 ? at(tree.total, zoomed) : 0;
  // Before its width is known nothing is too narrow: a drawing that grows again would have scrolled to what it hid.
  if (whole <= 0 || width <= 0) return tree.maxDepth;
  const enough = (least / width) * whole;
  let last = at(tree.depth, zoomed);
  const stack = [zoomed];
  while (stack.length > 0) {
    const node = stack.pop() as number;
    last = Math.max(last, at(tree.depth, node));
    for (let c = at(tree.childFrom, node); c < at(tree.childFrom, node + 1); c++) {
      const one = at(tree.child, c);
      if (at(tree.total, one) < enough) break;
      stack.push(one);
    }
  }
  return last;
}

export function layout(tree: FlameTree, view: FlameView): FlameBoxes {
  const perValue = view.to > view.from ? view.width / (view.to - view.from) : 0;
  const rows = Math.max(0, Math.min(view.lastRow, tree.maxDepth) - view.firstRow + 1);
  const most = Math.min(tree.length, rows * (Math.ceil(view.width / narrowest) + 2));
  const node = new Uint32Array(most);
  const row = new Uint16Array(most);
  const x = new Float32Array(most);
  const width = new Float32Array(most);
  const merged = new Uint8Array(most);
  let length = 0;
  if (perValue === 0 || tree.length === 0) return { length, node, row, x, width, merged };

  for (let depth = Math.max(0, view.firstRow); depth <= view.lastRow && depth <= tree.maxDepth; depth++) {
    const end = at(tree.rowFrom, depth + 1);
    let i = firstEndingAfter(tree, depth, view.from);
    while (i < end && length < most) {
      const one = at(tree.row, i);
      const nodeStart = at(tree.start, one);
      if (nodeStart >= view.to) break;
      const left = Math.max(0, (nodeStart - view.from) * perValue);
      const right = Math.min(view.width, (nodeStart + at(tree.total, one) - view.from) * perValue);
      node[length] = one;
      row[length] = depth;
      x[length] = left;
      if (right - left >= narrowest) {
        width[length++] = right - left;
        i++;
        continue;
      }
      // One box for this and all following frames that end within the same pixel.
      const next = firstEndingAfter(tree, depth, view.from + (left + narrowest) / perValue, i + 1);
      merged[length] = next > i + 1 ? 1 : 0;
      const last = at(tree.row, next - 1);
      const lastEnd = (at(tree.start, last) + at(tree.total, last) - view.from) * perValue;
      width[length++] = Math.max(0, Math.min(view.width, lastEnd) - left);
      i = next;
    }
  }
  return { length, node, row, x, width, merged };
}

/** Index into `tree.row` of the first node of the row whose right edge lies after `value`. */
function firstEndingAfter(tree: FlameTree, depth: number, value: number, from?: number): number {
  let low = from ?? at(tree.rowFrom, depth);
  let high = at(tree.rowFrom, depth + 1);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = at(tree.row, middle);
    if (at(tree.start, one) + at(tree.total, one) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The node under a point of the view, undefined outside every frame. `row` counts from the top of the tree. */
export function hitTest(tree: FlameTree, view: FlameView, x: number, row: number): number | undefined {
  if (row < 0 || row > tree.maxDepth || x < 0 || x >= view.width || tree.length === 0) return undefined;
  if (!(view.to > view.from)) return undefined;
  const value = view.from + (x / view.width) * (view.to - view.from);
  const i = firstEndingAfter(tree, row, value);
  if (i >= at(tree.rowFrom, row + 1)) return undefined;
  const node = at(tree.row, i);
  return at(tree.start, node) <= value ? node : undefined;
}

export type Step = "up" | "down" | "left" | "right";

/** Where an arrow key leads: parent, most expensive child, neighbours in the row. Undefined at an end. */
export function walk(tree: FlameTree, node: number, step: Step): number | undefined {
  switch (step) {
    case "up":
      return at(tree.parent, node) >= 0 ? at(tree.parent, node) : undefined;
    case "down":
      return at(tree.childFrom, node) < at(tree.childFrom, node + 1)
        ? at(tree.child, at(tree.childFrom, node))
        : undefined;
    case "left":
    case "right": {
      const depth = at(tree.depth, node);
      const next = at(tree.place, node) + (step === "left" ? -1 : 1);
      return next >= at(tree.rowFrom, depth) && next < at(tree.rowFrom, depth + 1)
        ? at(tree.row, next)
        : undefined;
    }
  }
}
