// Draws boxes on a 2D canvas. Colours are read from the design tokens at each paint, so a new theme needs no
// new layout.
import { tokenReader } from "../lib/tokens.ts";
import { fitLabel, type Measure } from "./label.ts";
import type { FlameBoxes } from "./layout.ts";
import type { Palette } from "./palette.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

export interface PaintInput {
  readonly tree: FlameTree;
  readonly boxes: FlameBoxes;
  readonly palette: Palette;
  readonly frameHeight: number;
  /** Rows above the canvas' upper edge, in pixels. */
  readonly scrolled: number;
  readonly zoomed: number;
  readonly selected: number | undefined;
  readonly hovered: number | undefined;
  /** Per node 1: marked. Undefined: nothing is searched for. */
  readonly marks: Uint8Array | undefined;
  readonly value: (value: number) => string;
}

// Below this width there is no room for two letters.
const narrowestLabel = 26;

const measured = new Map<string, number>();

export function paint(context: CanvasRenderingContext2D, input: PaintInput): void {
  const { tree, boxes, frameHeight } = input;
  const token = tokenReader();
  const family = token("--font-sans");
  const font = `400 11.5px ${family}`;
  const strong = `600 11.5px ${family}`;
  const onPackage = token("--on-p");
  const ink = token("--ink");
  const accent = token("--accent");
  const fills = new Map<string, string>();
  const fill = (colour: string): string => {
    let value = fills.get(colour);
    if (value === undefined) fills.set(colour, (value = token(`--${colour}`)));
    return value;
  };
  if (measured.size > 20_000) measured.clear();
  const measure: Measure = (text) => {
    let width = measured.get(text);
    if (width === undefined) measured.set(text, (width = context.measureText(text).width));
    return width;
  };
  const zoomDepth = at(tree.depth, input.zoomed);

  context.textBaseline = "middle";
  context.font = font;
  for (let i = 0; i < boxes.length; i++) {
    const node = at(boxes.node, i);
    const x = at(boxes.x, i);
    const width = at(boxes.width, i);
    const row = at(boxes.row, i);
    const y = row * frameHeight - input.scrolled;
    const painted = Math.max(0.6, width - 1);
    context.globalAlpha = row < zoomDepth ? 0.5 : 1;
    context.fillStyle = fill(input.palette.colour[at(tree.frame, node)] ?? "p-runtime");
    context.fillRect(x, y, painted, frameHeight - 1);
    if (input.marks !== undefined && at(input.marks, node) === 1) {
      context.fillStyle = accent;
      context.fillRect(x, y + frameHeight - 4, painted, 3);
    }
    context.globalAlpha = 1;
    if (node === input.hovered && node !== input.selected) {
      context.strokeStyle = ink;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, Math.max(0.5, painted - 1), frameHeight - 2);
    }
    if (width < narrowestLabel || at(boxes.merged, i) === 1) continue;
    context.fillStyle = row === 0 ? ink : onPackage;
    const value = input.value(at(tree.total, node));
    const label = fitLabel(frameOf(tree, node).function, painted - 8, measure);
    if (label === "") continue;
    context.fillText(label, x + 5, y + frameHeight / 2 - 0.5);
    if (painted > measure(label) + measure(value) + 24) {
      context.textAlign = "right";
      context.globalAlpha = 0.85;
      context.fillText(value, x + painted - 5, y + frameHeight / 2 - 0.5);
      context.globalAlpha = 1;
      context.textAlign = "left";
    }
  }
  paintSelected(context, input, ink, strong);
}

/** Last, so that no neighbour covers its frame. */
function paintSelected(
  context: CanvasRenderingContext2D,
  { boxes, selected, frameHeight, scrolled }: PaintInput,
  ink: string,
  font: string,
): void {
  if (selected === undefined) return;
  for (let i = 0; i < boxes.length; i++) {
    if (at(boxes.node, i) !== selected) continue;
    context.font = font;
    context.strokeStyle = ink;
    context.lineWidth = 2;
    const y = at(boxes.row, i) * frameHeight - scrolled;
    context.strokeRect(at(boxes.x, i) + 1, y + 1, Math.max(1, at(boxes.width, i) - 3), frameHeight - 3);
    return;
  }
}
