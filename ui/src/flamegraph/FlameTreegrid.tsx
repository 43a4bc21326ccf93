import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { counted, ms, percent } from "../lib/format.ts";
import { placeWords, valueWords } from "./describe.ts";
import { gridMove, initiallyOpen, openedTo, openRows } from "./grid-rows.ts";
import type { Palette } from "./palette.ts";
import { at, childrenOf, type FlameTree, frameOf } from "./tree.ts";

const rowHeight = 25;
const indent = 12;
const deepest = 24;

/** The flame graph's equal for keyboards and screen readers, and for whoever reads numbers better than areas. */
export function FlameTreegrid(props: {
  readonly tree: FlameTree;
  readonly palette: Palette;
  readonly selected: number | undefined;
  readonly marks: Uint8Array | undefined;
  readonly whole: { readonly value: number; readonly words: string };
  readonly maxHeight: number;
  readonly onSelect: (node: number) => void;
  readonly onZoom: (node: number) => void;
}) {
  const { tree, palette, whole } = props;
  const { unit } = tree.profile;
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
    overscan: 8,
    scrollPaddingStart: rowHeight,
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
    else {
      const move = gridMove(tree, rows, open, current, event.key);
      if (move === undefined) return;
      if (move.kind === "go") {
        wantsFocus.current = true;
        props.onSelect(move.node);
      } else setOpen(move.node, move.kind === "open");
    }
    event.preventDefault();
  };

  const value = unit === "nanoseconds" ? ms : (one: number) => valueWords(unit, one);
  const suffix = unit === "nanoseconds" ? ", ms" : "";
  const items = virtual.getVirtualItems();
  // Tab must find a row even where the selected one is scrolled away.
  const currentDrawn = items.some((item) => item.index === position);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div
      className="tree"
      role="treegrid"
      aria-label="Flame graph"
      aria-rowcount={rows.length + 1}
      ref={box}
      style={{ maxHeight: props.maxHeight }}
      onKeyDown={onKey}
    >
      <div role="rowgroup" className="tree-head">
        <div role="row" aria-rowindex={1} className="tree-row">
          <span role="columnheader">Function</span>
          <span role="columnheader" className="num">
            Self{suffix}
          </span>
          <span role="columnheader" className="num">
            Total{suffix}
          </span>
          <span role="columnheader" className="num">
            Of {whole.words}
          </span>
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
          const total = at(tree.total, node);
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
            >
              <span
                role="gridcell"
                className="cut"
                style={{ paddingLeft: Math.min(level, deepest) * indent }}
                title={`${frame.function} · ${placeWords(frame)} · ${counted(at(tree.samples, node), "sample")}`}
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
                <i
                  className="sw"
                  style={{ background: `var(--${palette.colour[at(tree.frame, node)] ?? "p-runtime"})` }}
                />
                <span className={marked ? "marked" : undefined}>{frame.function}</span>{" "}
                <span className="faint small">{frame.package}</span>
              </span>
              <span role="gridcell" className="num">
                {value(at(tree.self, node))}
              </span>
              <span role="gridcell" className="num">
                {value(total)}
              </span>
              <span role="gridcell" className="num muted">
                {whole.value > 0 ? percent(total / whole.value) : "–"}
              </span>
            </div>
          );
        })}
        {after > 0 && <div role="presentation" style={{ height: after }} />}
      </div>
    </div>
  );
}
