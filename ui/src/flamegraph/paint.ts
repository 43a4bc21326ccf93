// Draws boxes on a 2D canvas. Colours are read from the design tokens at each paint, so a new theme needs no
// new layout. What follows the pointer (hover, selection) lies above as elements: it never repaints the frames.
import { tokenReader } from "../lib/tokens.ts";
import { functionWords } from "../text/function-words.ts";
import { fitLabel, letterMeasure, type Measure } from "./label.ts";
import type { FlameBoxes } from "./layout.ts";
import { colourOf, type Palette } from "./palette.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

export interface PaintInput {
  readonly tree: FlameTree;
  readonly boxes: FlameBoxes;
  readonly palette: Palette;
  readonly frameHeight: number;
  /** Upper edge of a row, in pixels of the canvas. */
  readonly top: (row: number) => number;
  readonly zoomed: number;
  /** Per node 1: marked. Undefined: nothing is searched for. */
  readonly marks: Uint8Array | undefined;
  readonly value: (value: number) => string;
}

// Below this width there is no room for two letters.
export const narrowestLabel = 26;

let known: { readonly font: string; readonly measure: Measure } | undefined;

function measureIn(context: Pen, font: string): Measure {
  context.font = font;
  if (known?.font !== font) {
    const pen = new OffscreenCanvas(1, 1).getContext("2d");
    if (pen !== null) pen.font = font;
    known = { font, measure: letterMeasure((text) => (pen ?? context).measureText(text).width) };
  }
  return known.measure;
}

type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export function paint(context: Pen, input: PaintInput): void {
  const { tree, boxes, palette, frameHeight, marks } = input;
  const token = tokenReader();
  const measure = measureIn(context, `400 11.5px ${token("--font-sans")}`);
  const onPackage = token("--on-p");
  const ink = token("--ink");
  const accent = token("--accent");
  const fills = new Map<string, string>();
  const fill = (colour: string): string => {
    let value = fills.get(colour);
    if (value === undefined) fills.set(colour, (value = token(`--${colour}`)));
    return value;
  };
  const zoomDepth = at(tree.depth, input.zoomed);

  let present = "";
  let dimmed = false;
  for (let i = 0; i < boxes.length; i++) {
    const node = at(boxes.node, i);
    const row = at(boxes.row, i);
    const colour = fill(colourOf(palette, tree, node));
    // To set what is set already is not free.
    if (colour !== present) {
      present = colour;
      context.fillStyle = colour;
    }
    if (row < zoomDepth !== dimmed) {
      dimmed = !dimmed;
      context.globalAlpha = dimmed ? 0.5 : 1;
    }
    context.fillRect(at(boxes.x, i), input.top(row), Math.max(0.6, at(boxes.width, i) - 1), frameHeight - 1);
  }
  context.globalAlpha = 1;
  if (marks !== undefined) {
    context.fillStyle = accent;
    for (let i = 0; i < boxes.length; i++) {
      if (at(marks, at(boxes.node, i)) !== 1) continue;
      const y = input.top(at(boxes.row, i)) + frameHeight - 4;
      context.fillRect(at(boxes.x, i), y, Math.max(0.6, at(boxes.width, i) - 1), 3);
    }
  }
  context.textBaseline = "middle";
  for (let i = 0; i < boxes.length; i++) {
    const width = at(boxes.width, i);
    if (width < narrowestLabel || at(boxes.merged, i) === 1) continue;
    const node = at(boxes.node, i);
    const row = at(boxes.row, i);
    const x = at(boxes.x, i);
    const y = input.top(row) + frameHeight / 2 - 0.5;
    const label = fitLabel(functionWords(frameOf(tree, node)).full, width - 9, measure);
    if (label === "") continue;
    context.fillStyle = row === 0 ? ink : onPackage;
    context.fillText(label, x + 5, y);
    if (width < 90) continue;
    const value = input.value(at(tree.total, node));
    const valueWidth = measure(value);
    if (width > measure(label) + valueWidth + 25) context.fillText(value, x + width - 6 - valueWidth, y);
  }
}
