import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { Tip } from "../components/Tip.tsx";
import { fitCanvas } from "../lib/canvas.ts";
import { count, percent } from "../lib/format.ts";
import { useThemeVersion } from "../lib/theme.ts";
import { useWidth } from "../lib/useWidth.ts";
import { placeWords, valueWords } from "./describe.ts";
import { hitTest, layout, type Step, walk, wholeView, zoomedTo } from "./layout.ts";
import { paint } from "./paint.ts";
import type { Palette } from "./palette.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

const frameHeight = 22;
// The canvas is never higher than this; deeper profiles scroll under it.
const highest = 660;

const steps: Readonly<Record<string, Step>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

export function FlameGraph(props: {
  readonly tree: FlameTree;
  readonly palette: Palette;
  /** The frame that takes the full width. */
  readonly zoomed: number;
  readonly selected: number | undefined;
  readonly marks: Uint8Array | undefined;
  /** What a share is of, in the profile's unit, e.g. the span's duration. */
  readonly whole: { readonly value: number; readonly words: string };
  readonly onSelect: (node: number) => void;
  readonly onZoom: (node: number) => void;
  readonly onHover: (node: number | undefined) => void;
}) {
  const { tree, palette, zoomed, selected, marks } = props;
  const { unit } = tree.profile;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(scroller);
  const theme = useThemeVersion();
  const [scrolled, setScrolled] = useState(0);
  const [hover, setHover] = useState<{ readonly node: number; readonly x: number; readonly y: number }>();
  const full = (tree.maxDepth + 1) * frameHeight;
  const height = Math.min(full, highest);

  const view = useMemo(() => {
    const firstRow = Math.floor(scrolled / frameHeight);
    return {
      ...zoomedTo(tree, zoomed, wholeView(tree, width)),
      firstRow,
      lastRow: firstRow + Math.ceil(height / frameHeight),
    };
  }, [tree, zoomed, width, scrolled, height]);
  const boxes = useMemo(() => layout(tree, view), [tree, view]);
  const hovered = hover?.node;

  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = fitCanvas(canvas.current, width, height);
    if (context === undefined) return;
    paint(context, {
      tree,
      boxes,
      palette,
      frameHeight,
      scrolled,
      zoomed,
      selected,
      hovered,
      marks,
      value: (value) => valueWords(unit, value),
    });
  }, [tree, boxes, palette, width, height, scrolled, zoomed, selected, hovered, marks, theme, unit]);

  // The selection of a key or of the table comes into view.
  const selectedRow = selected === undefined ? undefined : at(tree.depth, selected);
  useEffect(() => {
    const box = scroller.current;
    if (box === null || selectedRow === undefined) return;
    const top = selectedRow * frameHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + frameHeight > box.scrollTop + height) box.scrollTop = top + frameHeight - height;
  }, [selectedRow, height]);

  const nodeAt = (event: PointerEvent | React.MouseEvent): number | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    return hitTest(
      tree,
      view,
      event.clientX - box.left,
      Math.floor((event.clientY - box.top + scrolled) / frameHeight),
    );
  };
  const point = (node: number | undefined, event?: PointerEvent): void => {
    if (node !== hovered) props.onHover(node);
    setHover(
      node === undefined || event === undefined ? undefined : { node, x: event.clientX, y: event.clientY },
    );
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = steps[event.key];
    if (step !== undefined) {
      const next = selected === undefined ? zoomed : walk(tree, selected, step);
      if (next !== undefined) {
        props.onSelect(next);
        if (!isInside(view, tree, next)) props.onZoom(next);
      }
    } else if (event.key === "Enter" && selected !== undefined) props.onZoom(selected);
    else if (event.key === "Escape" && zoomed !== 0) props.onZoom(0);
    else return;
    event.preventDefault();
  };

  return (
    <div
      className="flame"
      ref={scroller}
      style={{ maxHeight: height }}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
    >
      <div style={{ height: full }}>
        <canvas
          ref={canvas}
          style={{ height }}
          tabIndex={0}
          role="application"
          aria-roledescription="drawing"
          aria-label="Flame graph drawing. Arrow keys walk the frames, Enter zooms, Escape returns. The tree and the table hold the same frames."
          aria-describedby="flame-readout"
          onPointerMove={(event) => point(nodeAt(event), event)}
          onPointerLeave={() => point(undefined)}
          onClick={(event) => {
            const node = nodeAt(event);
            if (node === undefined) return;
            props.onZoom(node);
            props.onSelect(node);
          }}
          onKeyDown={onKey}
        />
      </div>
      {hover !== undefined && <FrameTip tree={tree} {...hover} whole={props.whole} />}
    </div>
  );
}

function isInside(
  view: { readonly from: number; readonly to: number },
  tree: FlameTree,
  node: number,
): boolean {
  const start = at(tree.start, node);
  return start < view.to && start + at(tree.total, node) > view.from;
}

function FrameTip(props: {
  readonly tree: FlameTree;
  readonly node: number;
  readonly x: number;
  readonly y: number;
  readonly whole: { readonly value: number; readonly words: string };
}) {
  const { tree, node, whole } = props;
  if (node >= tree.length) return null;
  const frame = frameOf(tree, node);
  const { unit } = tree.profile;
  const total = at(tree.total, node);
  return (
    <Tip x={props.x} y={props.y}>
      <b>{frame.function}</b>
      <span className="muted">{placeWords(frame)}</span>
      <dl>
        <dt>Total</dt>
        <dd>{valueWords(unit, total)}</dd>
        <dt>Self</dt>
        <dd>{valueWords(unit, at(tree.self, node))}</dd>
        <dt>Samples</dt>
        <dd>{count(at(tree.samples, node))}</dd>
        {whole.value > 0 && (
          <>
            <dt>Share of {whole.words}</dt>
            <dd>{percent(total / whole.value)}</dd>
          </>
        )}
      </dl>
    </Tip>
  );
}
