import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { Tip } from "../components/Tip.tsx";
import { fitCanvas } from "../lib/canvas.ts";
import { count, percent } from "../lib/format.ts";
import { useThemeVersion } from "../lib/theme.ts";
import { useWidth } from "../lib/useWidth.ts";
import { functionWords } from "../text/function-words.ts";
import { placeWords, type Reading, selfOf, valueWords } from "./describe.ts";
import { hitTest, lastRowOf, layout, placeOf, type Step, walk, wholeView, zoomedTo } from "./layout.ts";
import { isMenuKey, type MenuPoint, useLongPress } from "./menu-point.ts";
import { paint } from "./paint.ts";
import type { Palette } from "./palette.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

export const frameHeight = 22;
// The canvas is never higher than this; deeper profiles scroll under it.
const highest = 660;
const hairline = 3;
const fewestRows = 6;

const downward: Readonly<Record<string, Step>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};
const upward: Readonly<Record<string, Step>> = { ...downward, ArrowUp: "down", ArrowDown: "up" };

export interface FlameGraphProps {
  readonly tree: FlameTree;
  readonly palette: Palette;
  /** The frame that takes the full width. */
  readonly zoomed: number;
  readonly selected: number | undefined;
  readonly marks: Uint8Array | undefined;
  /** What a share is of, in the profile's unit, e.g. the span's duration. */
  readonly whole: { readonly value: number; readonly words: string };
  readonly onSelect: (node: number) => void;
  /** A frame was opened: it takes the full width, and is selected. */
  readonly onZoom: (node: number) => void;
  /** One zoom back was asked for. */
  readonly onBack: () => void;
  readonly onHover: (node: number | undefined) => void;
  /** What can be done with a frame was asked for: right click, long press, menu key. */
  readonly onMenu?: (node: number, point: MenuPoint) => void;
  /** A key that means something for the selected frame; true: it was taken. */
  readonly onFrameKey?: (key: string, node: number) => boolean;
  /** The root at the bottom, its frames growing upwards. */
  readonly upward?: boolean;
  readonly reading?: Reading;
  /** The drawing's name, where a page has several. */
  readonly name?: string;
  /** A value in words; in the profile's unit unless given. */
  readonly value?: (value: number) => string;
  /** What the tooltip says of a frame, unless it is the profile's numbers. */
  readonly tip?: (node: number) => ReactNode;
}

/**
 * Frames on a canvas as high as the window onto them at most. Only the frames are painted; hover and selection are
 * elements above, so that a pointer crossing the drawing never repaints it.
 */
export function FlameGraph(props: FlameGraphProps) {
  const { tree, palette, zoomed, selected, marks, value } = props;
  const { unit } = tree.profile;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(scroller);
  const theme = useThemeVersion();
  const [scrolled, setScrolled] = useState(0);
  const [hover, setHover] = useState<{ readonly node: number; readonly x: number; readonly y: number }>();
  const up = props.upward === true;
  const full = (tree.maxDepth + 1) * frameHeight;
  // Below the last frame that one could point at there are hairlines: they are scrolled to.
  const rows = useMemo(() => lastRowOf(tree, zoomed, width, hairline) + 1, [tree, zoomed, width]);
  const height = Math.min(full, highest, Math.max(rows, fewestRows) * frameHeight);
  const top = (row: number): number => (up ? tree.maxDepth - row : row) * frameHeight;

  const view = useMemo(() => {
    const first = Math.floor(scrolled / frameHeight);
    const last = first + Math.ceil(height / frameHeight);
    return {
      ...zoomedTo(tree, zoomed, wholeView(tree, width)),
      firstRow: Math.max(0, up ? tree.maxDepth - last : first),
      lastRow: up ? tree.maxDepth - first : last,
    };
  }, [tree, zoomed, width, scrolled, height, up]);
  const boxes = useMemo(() => layout(tree, view), [tree, view]);

  // Before the browser paints, so that the frame React drew and the frames on the canvas come together.
  useLayoutEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = fitCanvas(canvas.current, width, height);
    if (context === undefined) return;
    paint(context, {
      tree,
      boxes,
      palette,
      frameHeight,
      top: (row) => (up ? tree.maxDepth - row : row) * frameHeight - scrolled,
      zoomed,
      marks,
      value: value ?? ((amount) => valueWords(unit, amount)),
    });
  }, [tree, boxes, palette, width, height, scrolled, zoomed, marks, theme, unit, value, up]);

  // Flames grow from the bottom, so that is what one sees first.
  useEffect(() => {
    if (up && scroller.current !== null) scroller.current.scrollTop = full;
  }, [up, full]);

  // The selection of a key or of the table comes into view.
  const selectedTop = selected === undefined ? undefined : top(at(tree.depth, selected));
  useEffect(() => {
    const box = scroller.current;
    if (box === null || selectedTop === undefined) return;
    if (selectedTop < box.scrollTop) box.scrollTop = selectedTop;
    else if (selectedTop + frameHeight > box.scrollTop + height)
      box.scrollTop = selectedTop + frameHeight - height;
  }, [selectedTop, height]);

  const nodeAt = (clientX: number, clientY: number): number | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return undefined;
    const line = Math.floor((clientY - box.top + scrolled) / frameHeight);
    return hitTest(tree, view, clientX - box.left, up ? tree.maxDepth - line : line);
  };
  const point = (node: number | undefined, event?: PointerEvent): void => {
    if (node !== hover?.node) props.onHover(node);
    setHover(
      node === undefined || event === undefined ? undefined : { node, x: event.clientX, y: event.clientY },
    );
  };
  const openMenu = (node: number | undefined, x: number, y: number): void => {
    if (node === undefined || props.onMenu === undefined) return;
    point(undefined);
    props.onSelect(node);
    props.onMenu(node, { x, y });
  };
  const keyed = useRef(false);
  const press = useLongPress((x, y) => openMenu(nodeAt(x, y), x, y));
  /** Of the menu key, which has no place of its own: beside the selected frame. */
  const openBeside = (node: number): void => {
    const place = placeOf(tree, view, node);
    const area = canvas.current?.getBoundingClientRect();
    if (place === undefined || area === undefined) return;
    keyed.current = true;
    openMenu(
      node,
      area.left + place.x + Math.min(24, place.width / 2),
      area.top + top(at(tree.depth, node)) - scrolled + frameHeight,
    );
  };
  const onKey = (event: KeyboardEvent): void => {
    const step =
      event.altKey || event.ctrlKey || event.metaKey ? undefined : (up ? upward : downward)[event.key];
    if (step !== undefined) {
      const next = selected === undefined ? zoomed : walk(tree, selected, step);
      if (next !== undefined) (placeOf(tree, view, next) === undefined ? props.onZoom : props.onSelect)(next);
    } else if (event.key === "Enter" && selected !== undefined) props.onZoom(selected);
    else if (event.key === "Escape" && zoomed !== 0) props.onBack();
    else if (isMenuKey(event) && selected !== undefined) openBeside(selected);
    else if (selected === undefined || props.onFrameKey?.(event.key, selected) !== true) return;
    event.preventDefault();
  };

  const box = (node: number | undefined, className: string) => {
    const place = node === undefined || node >= tree.length ? undefined : placeOf(tree, view, node);
    return place === undefined || node === undefined ? null : (
      <div
        className={className}
        style={{
          transform: `translate(${place.x}px, ${top(at(tree.depth, node))}px)`,
          width: Math.max(2, place.width - 1),
          height: frameHeight - 1,
        }}
      />
    );
  };
  return (
    <div
      className="flame"
      ref={scroller}
      style={{ maxHeight: height }}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
    >
      <div className="flame-rows" style={{ height: full }}>
        <canvas
          ref={canvas}
          style={{ height }}
          tabIndex={0}
          role="application"
          aria-roledescription="drawing"
          aria-label={`${props.name ?? "Flame graph"} drawing. Arrow keys walk the frames, Enter zooms, Escape goes one zoom back${props.onMenu === undefined ? "" : ", Shift F10 opens what can be done with a frame"}. The tree and the table hold the same frames.`}
          aria-describedby="flame-readout"
          {...press}
          onPointerDown={(event) => {
            keyed.current = false;
            press.onPointerDown(event);
          }}
          onPointerMove={(event) => {
            press.onPointerMove(event);
            // A finger that scrolls points at nothing.
            if (event.pointerType !== "touch") point(nodeAt(event.clientX, event.clientY), event);
          }}
          onPointerLeave={() => point(undefined)}
          onClick={(event) => {
            const node = nodeAt(event.clientX, event.clientY);
            if (node !== undefined) props.onZoom(node);
          }}
          onContextMenu={(event) => {
            if (props.onMenu === undefined) return;
            event.preventDefault();
            // Some browsers send this after the key that was answered already.
            if (!keyed.current) openMenu(nodeAt(event.clientX, event.clientY), event.clientX, event.clientY);
            keyed.current = false;
          }}
          onKeyDown={onKey}
        />
        {box(hover?.node === selected ? undefined : hover?.node, "flame-hover")}
        {box(selected, "flame-selected")}
      </div>
      {hover !== undefined &&
        (props.tip === undefined ? (
          <FrameTip tree={tree} {...hover} whole={props.whole} reading={props.reading} />
        ) : (
          hover.node < tree.length && (
            <Tip x={hover.x} y={hover.y}>
              {props.tip(hover.node)}
            </Tip>
          )
        ))}
    </div>
  );
}

function FrameTip(props: {
  readonly tree: FlameTree;
  readonly node: number;
  readonly x: number;
  readonly y: number;
  readonly whole: { readonly value: number; readonly words: string };
  readonly reading: Reading | undefined;
}) {
  const { tree, node, whole } = props;
  if (node >= tree.length) return null;
  const frame = frameOf(tree, node);
  const { unit } = tree.profile;
  const total = at(tree.total, node);
  const self = selfOf(tree, node, props.reading);
  return (
    <Tip x={props.x} y={props.y}>
      <b>{functionWords(frame).full}</b>
      <span className="muted">{placeWords(frame)}</span>
      <dl>
        <dt>Total</dt>
        <dd>{valueWords(unit, total)}</dd>
        {self !== undefined && (
          <>
            <dt>Self</dt>
            <dd>{valueWords(unit, self)}</dd>
          </>
        )}
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
