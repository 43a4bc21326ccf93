import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import { FunctionName } from "../components/FunctionName.tsx";
import { counted, percent } from "../lib/format.ts";
import { functionWords } from "../text/function-words.ts";
import { columnValues, placeWords, type Reading, selfOf } from "./describe.ts";
import { gridMove, initiallyOpen, openedTo, openRows } from "./grid-rows.ts";
import { isMenuKey, type MenuPoint } from "./menu-point.ts";
import { colourOf, type Palette } from "./palette.ts";
import { at, childrenOf, type FlameTree, frameOf } from "./tree.ts";

const rowHeight = 25;
/** Beside a drawing of the same frames a few rows do: they scroll. */
export const beside = 8 * rowHeight;
const indent = 12;
const deepest = 24;

/** A column of numbers beside the functions. */
export interface TreeColumn {
  readonly head: string;
  readonly quiet?: boolean;
  readonly cell: (node: number) => string;
}

/** The flame graph's equal for keyboards and screen readers, and for whoever reads numbers better than areas. */
export const FlameTreegrid = memo(function FlameTreegrid(props: {
  readonly tree: FlameTree;
  readonly palette: Palette;
  readonly selected: number | undefined;
  readonly marks: Uint8Array | undefined;
  readonly whole: { readonly value: number; readonly words: string };
  readonly maxHeight: number;
  readonly onSelect: (node: number) => void;
  readonly onZoom: (node: number) => void;
  /** Three of them; self, total and share unless given. */
  readonly columns?: readonly TreeColumn[];
  readonly onMenu?: (node: number, point: MenuPoint) => void;
  /** A key that means something for the selected frame; true: it was taken. */
  readonly onFrameKey?: (key: string, node: number) => boolean;
  readonly reading?: Reading;
  /** What it is called, where a page has several. */
  readonly name?: string;
}) {
  const { tree, palette, whole } = props;
  const [opened, setOpened] = useState({ tree, open: initiallyOpen(tree) });
  // Another profile has other node numbers.
  const base = opened.tree === tree ? opened.open : initiallyOpen(tree);
  const current = props.selected ?? 0;
  const open = useMemo(() => openedTo(tree, base, current), [tree, base, current]);
  const rows = useMemo(() => openRows(tree, open), [tree, open]);
  const position = rows.indexOf(current);
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    getScrollElement: () => box.current,
    overscan: 16,
    scrollPaddingStart: rowHeight,
    // Before it is measured: of no height it would scroll past the selected row.
    initialRect: { width: 0, height: props.maxHeight },
  });
  const wantsFocus = useRef(false);
  useEffect(() => {
    if (position >= 0) virtual.scrollToIndex(position, { align: "auto" });
    if (!wantsFocus.current) return;
    const frame = requestAnimationFrame(() => {
      box.current?.querySelector<HTMLElement>(`[data-node="${current}"]`)?.focus({ preventScroll: true });
      wantsFocus.current = false;
    });
    return () => cancelAnimationFrame(frame);
  }, [position, current, virtual]);

  const setOpen = (node: number, isOpen: boolean): void => {
    const next = new Set(open);
    if (isOpen) next.add(node);
    else next.delete(node);
    setOpened({ tree, open: next });
    // A closed row must not be opened again by a selection inside it.
    if (!isOpen) props.onSelect(node);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") props.onZoom(current);
    else if (isMenuKey(event) && props.onMenu !== undefined) {
      const row = box.current?.querySelector(`[data-node="${current}"]`)?.getBoundingClientRect();
      if (row === undefined) return;
      props.onMenu(current, { x: row.left + 40, y: row.bottom });
    } else if (
      !event.ctrlKey &&
      !event.metaKey &&
      !event.altKey &&
      props.onFrameKey?.(event.key, current) === true
    ) {
      event.preventDefault();
      return;
    } else {
      const move = gridMove(tree, rows, open, current, event.key);
      if (move === undefined) return;
      if (move.kind === "go") {
        wantsFocus.current = true;
        props.onSelect(move.node);
      } else setOpen(move.node, move.kind === "open");
    }
    event.preventDefault();
  };

  const columns = props.columns ?? profileColumns(tree, whole, props.reading);
  const items = virtual.getVirtualItems();
  // Tab must find a row even where the selected one is scrolled away.
  const currentDrawn = items.some((item) => item.index === position);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div
      className="tree"
      role="treegrid"
      aria-label={props.name ?? "Flame graph"}
      aria-rowcount={rows.length + 1}
      ref={box}
      style={{ maxHeight: props.maxHeight }}
      onKeyDown={onKey}
    >
      <div role="rowgroup" className="tree-head">
        <div role="row" aria-rowindex={1} className="tree-row">
          <span role="columnheader">Function</span>
          {columns.map(({ head }) => (
            <span key={head} role="columnheader" className="num cut" title={head}>
              {head}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup">
        {before > 0 && <div role="presentation" style={{ height: before }} />}
        {items.map((item) => {
          const node = rows[item.index] ?? 0;
          const frame = frameOf(tree, node);
          const children = childrenOf(tree, node).length;
          const isOpen = open.has(node);
          const level = at(tree.depth, node);
          const marked = props.marks !== undefined && at(props.marks, node) === 1;
          return (
            <div
              key={node}
              role="row"
              aria-rowindex={item.index + 2}
              aria-level={level + 1}
              aria-expanded={children > 0 ? isOpen : undefined}
              aria-selected={node === props.selected}
              tabIndex={(currentDrawn ? node === current : item === items[0]) ? 0 : -1}
              data-node={node}
              className={node === props.selected ? "tree-row sel" : "tree-row"}
              onClick={() => props.onSelect(node)}
              onDoubleClick={() => props.onZoom(node)}
              onContextMenu={(event) => {
                if (props.onMenu === undefined) return;
                event.preventDefault();
                // The menu key was answered already.
                if (event.clientX === 0 && event.clientY === 0) return;
                props.onSelect(node);
                props.onMenu(node, { x: event.clientX, y: event.clientY });
              }}
            >
              <span
                role="gridcell"
                className="cut"
                style={{ paddingLeft: Math.min(level, deepest) * indent }}
                title={`${functionWords(frame).full} · ${placeWords(frame)} · ${counted(at(tree.samples, node), "sample")}`}
              >
                {children > 0 ? (
                  <button
                    type="button"
                    className="tw"
                    tabIndex={-1}
                    aria-label={isOpen ? "Fold" : "Unfold"}
                    onClick={(event) => {
                      event.stopPropagation();
                      setOpen(node, !isOpen);
                    }}
                  >
                    {isOpen ? "▾" : "▸"}
                  </button>
                ) : (
                  <span className="tw" />
                )}
                <i className="sw" style={{ background: `var(--${colourOf(palette, tree, node)})` }} />
                <span className={marked ? "marked" : undefined}>
                  <FunctionName frame={frame} />
                </span>{" "}
                <span className="faint small">{frame.package}</span>
              </span>
              {columns.map(({ head, quiet, cell }) => (
                <span key={head} role="gridcell" className={quiet === true ? "num muted" : "num"}>
                  {cell(node)}
                </span>
              ))}
            </div>
          );
        })}
        {after > 0 && <div role="presentation" style={{ height: after }} />}
      </div>
    </div>
  );
});

function profileColumns(
  tree: FlameTree,
  whole: { readonly value: number; readonly words: string },
  reading?: Reading,
): readonly TreeColumn[] {
  const { suffix, cell } = columnValues(tree.profile);
  return [
    {
      head: `Self${suffix}`,
      cell: (node) => {
        const self = selfOf(tree, node, reading);
        return self === undefined ? "–" : cell(self);
      },
    },
    { head: `Total${suffix}`, cell: (node) => cell(at(tree.total, node)) },
    {
      head: `Of ${whole.words}`,
      quiet: true,
      cell: (node) => (whole.value > 0 ? percent(at(tree.total, node) / whole.value) : "–"),
    },
  ];
}
