// The drawing as a file: all rows, also those that are scrolled away, as they are zoomed and marked.
import { tokenReader } from "../lib/tokens.ts";
import { functionWords } from "../text/function-words.ts";
import { placeWords, valueWords } from "./describe.ts";
import { fitLabel, letterMeasure } from "./label.ts";
import { layout, wholeView, zoomedTo } from "./layout.ts";
import { narrowestLabel, paint } from "./paint.ts";
import { colourOf, type Palette } from "./palette.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

export interface Picture {
  readonly tree: FlameTree;
  readonly palette: Palette;
  readonly zoomed: number;
  readonly marks: Uint8Array | undefined;
  readonly upward: boolean;
}

const width = 1600;
const frameHeight = 22;
const margin = 16;
// What browsers allow a canvas to be high.
const highestPng = 16_000;

function boxesOf({ tree, zoomed }: Picture) {
  return layout(tree, zoomedTo(tree, zoomed, wholeView(tree, width - 2 * margin)));
}

const heightOf = ({ tree }: Picture): number => (tree.maxDepth + 1) * frameHeight;

function topOf({ tree, upward }: Picture): (row: number) => number {
  return (row) => (upward ? tree.maxDepth - row : row) * frameHeight;
}

/** Each frame a rectangle with a title, which a browser shows as a tooltip; no script, no style sheet. */
export function svgOf(picture: Picture): string {
  const { tree, palette, marks } = picture;
  const token = tokenReader();
  const boxes = boxesOf(picture);
  const top = topOf(picture);
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  const font = token("--font-sans");
  if (pen !== null) pen.font = `400 11.5px ${font}`;
  const measure = letterMeasure((text) => pen?.measureText(text).width ?? 7);
  const { unit } = tree.profile;
  const all = tree.length > 0 ? at(tree.total, 0) : 0;
  const parts: string[] = [];
  for (let i = 0; i < boxes.length; i++) {
    const node = at(boxes.node, i);
    const frame = frameOf(tree, node);
    const x = margin + at(boxes.x, i);
    const y = margin + top(at(boxes.row, i));
    const wide = Math.max(0.6, at(boxes.width, i) - 1);
    const total = at(tree.total, node);
    const share = all > 0 ? ` (${((total / all) * 100).toFixed(1)} %)` : "";
    const name = functionWords(frame).full;
    const words = `${name} · ${placeWords(frame)} · ${valueWords(unit, total)}${share}, self ${valueWords(unit, at(tree.self, node))}`;
    const fill = token(`--${colourOf(palette, tree, node)}`);
    const mark =
      marks !== undefined && at(marks, node) === 1
        ? `<rect x="${n(x)}" y="${n(y + frameHeight - 4)}" width="${n(wide)}" height="3" fill="${token("--accent")}"/>`
        : "";
    const label = wide < narrowestLabel || at(boxes.merged, i) === 1 ? "" : fitLabel(name, wide - 8, measure);
    const text =
      label === ""
        ? ""
        : `<text x="${n(x + 5)}" y="${n(y + 15)}" fill="${token(at(boxes.row, i) === 0 ? "--ink" : "--on-p")}">${escape(label)}</text>`;
    parts.push(
      `<g><title>${escape(words)}</title><rect x="${n(x)}" y="${n(y)}" width="${n(wide)}" height="${frameHeight - 1}" fill="${fill}"/>${mark}${text}</g>`,
    );
  }
  const height = heightOf(picture) + 2 * margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escape(font)}" font-size="11.5">
<rect width="100%" height="100%" fill="${token("--bg")}"/>
${parts.join("\n")}
</svg>
`;
}

/** At twice the size, so that it stays sharp; at once where the profile is too deep for that. */
export async function pngOf(picture: Picture): Promise<Blob> {
  const height = Math.min(highestPng, heightOf(picture) + 2 * margin);
  const scale = height * 2 > highestPng ? 1 : 2;
  const canvas = new OffscreenCanvas(width * scale, height * scale);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw on.");
  context.scale(scale, scale);
  context.fillStyle = tokenReader()("--bg");
  context.fillRect(0, 0, width, height);
  context.translate(margin, margin);
  paint(context, {
    ...picture,
    boxes: boxesOf(picture),
    frameHeight,
    top: topOf(picture),
    value: (value) => valueWords(picture.tree.profile.unit, value),
  });
  return canvas.convertToBlob({ type: "image/png" });
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
// Control characters are no XML, not even escaped.
const escape = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, " ").replaceAll(/[&<>"]/g, (one) => entities[one] ?? one);
