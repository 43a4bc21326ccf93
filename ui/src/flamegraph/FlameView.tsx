import "./flamegraph.css";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useStable } from "../lib/useStable.ts";
import { FlameGraph } from "./FlameGraph.tsx";
import { beside, FlameTreegrid } from "./FlameTreegrid.tsx";
import { type FrameActions, frameKey, FrameMenu } from "./FrameMenu.tsx";
import { FunctionTable } from "./FunctionTable.tsx";
import { type FunctionRow, functionsOf, matchFunction, matchNodes, patternFor } from "./functions.ts";
import { hotPlace } from "./hotpath.ts";
import { Legend } from "./Legend.tsx";
import type { MenuPoint } from "./menu-point.ts";
import { paletteOf } from "./palette.ts";
import type { Picture } from "./picture.ts";
import { Readout } from "./Readout.tsx";
import { Sandwich } from "./Sandwich.tsx";
import { sandwichOf, type SandwichState } from "./sandwich-state.ts";
import { functionKey, stepText } from "./transform/step.ts";
import { buildTree, type FlameTree, frameOf } from "./tree.ts";
import { invert } from "./transform/invert.ts";
import { type Place, useFrames } from "./useFrames.ts";

// With more nodes than this the first picture is the drawing's alone; the tree and the table follow it.
const large = 20_000;

/** What of the view stands in the address. */
export interface FlameViewState extends Place, SandwichState {
  readonly view?: "graph" | "table" | undefined;
  readonly sort?: "total" | undefined;
  readonly step?: readonly string[] | undefined;
  readonly order?: "flame" | "inverted" | undefined;
  readonly highlight?: readonly string[] | undefined;
}

/** Drawing, read-out, tree and table of one profile, and what can be done with its frames. */
export function FlameView(props: {
  /** After filters and transforms, read from the root. */
  readonly tree: FlameTree;
  readonly state: FlameViewState;
  readonly ownName: string;
  readonly whole: { readonly value: number; readonly words: string };
  /** A pattern that is being typed. */
  readonly draft: string | undefined;
  /** Told of the drawing whenever it is another, for whoever saves it; undefined where there is none. */
  readonly onPicture?: ((picture: Picture | undefined) => void) | undefined;
  readonly set: (change: Partial<FlameViewState>) => void;
  readonly onHighlight: (pattern: string) => void;
}) {
  const { tree: plain, state, whole, draft, set } = props;
  const inverted = state.order === "inverted";
  const tree = useMemo(() => (inverted ? buildTree(invert(plain.profile)) : plain), [plain, inverted]);
  const reading = useMemo(() => ({ inverted }), [inverted]);
  const later = useDeferredValue(tree, tree.length > large ? undefined : tree);
  const [hovered, setHovered] = useState<number>();
  const [hoveredKey, setHoveredKey] = useState<string>();
  const [menu, setMenu] = useState<{ readonly node: number; readonly point: MenuPoint }>();
  const [reveal, setReveal] = useState(0);
  const palette = useMemo(() => paletteOf(tree, props.ownName), [tree, props.ownName]);
  const first = useMemo(() => hotPlace(tree)?.node ?? 0, [tree]);

  const { zoomed, selected, select, zoom, back, keyOf } = useFrames(tree, state, first, set);
  const marks = useMemo(() => {
    if (hoveredKey !== undefined) return matchFunction(tree, hoveredKey);
    if (draft !== undefined) return matchNodes(tree, draft);
    return state.highlight === undefined ? undefined : tree.highlighted;
  }, [tree, draft, state.highlight, hoveredKey]);

  const actions: FrameActions = {
    zoom,
    // What was zoomed to or selected may be gone or stand elsewhere.
    step: (step) =>
      set({
        step: [...(state.step ?? []).filter((text) => text !== stepText(step)), stepText(step)],
        zoom: undefined,
        at: undefined,
        ...sandwichOf(undefined),
      }),
    sandwich: (key) => set(sandwichOf(key)),
    showInTable: (node) => {
      set({ at: keyOf(node), ...(state.view === "graph" ? { view: undefined } : {}) });
      setReveal((count) => count + 1);
    },
  };
  const openMenu = useStable((node: number, point: MenuPoint): void => setMenu({ node, point }));
  const onFrameKey = useStable(
    (key: string, node: number): boolean => node !== 0 && frameKey(tree, node, key, actions),
  );
  const pick = useStable((row: FunctionRow): void => props.onHighlight(patternFor(row.frame)));
  const hoverRow = useStable((row: FunctionRow | undefined): void => setHoveredKey(row?.key));
  const sort = useStable((by: "self" | "total"): void => set({ sort: by === "self" ? undefined : by }));
  const openRowMenu = useStable((row: FunctionRow, point: MenuPoint): void => {
    const node = tree.frame.findIndex((frame, index) => {
      const one = tree.profile.frames[frame];
      return index > 0 && one !== undefined && functionKey(one) === row.key;
    });
    if (node > 0) setMenu({ node, point });
  });

  const { onPicture } = props;
  const upward = state.order === "flame";
  const drawn = state.sandwich === undefined;
  useEffect(() => {
    onPicture?.(drawn ? { tree, palette, zoomed, marks, upward } : undefined);
  }, [onPicture, drawn, tree, palette, zoomed, marks, upward]);

  if (state.sandwich !== undefined) {
    return (
      <Sandwich
        whole={plain}
        functionKey={state.sandwich}
        state={state}
        ownName={props.ownName}
        of={whole}
        set={set}
        onFunction={actions.sandwich}
        onClose={() => set(sandwichOf(undefined))}
        onStep={actions.step}
      />
    );
  }
  const view = state.view ?? "both";
  const shared = {
    palette,
    marks,
    reading,
    whole,
    onSelect: select,
    onZoom: zoom,
    onMenu: openMenu,
    onFrameKey,
  };
  const read = hovered !== undefined && hovered < tree.length ? hovered : selected;
  return (
    <div
      className={view === "graph" ? "flamewrap one" : "flamewrap"}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || zoomed === 0 || event.defaultPrevented) return;
        event.preventDefault();
        back();
      }}
    >
      <div>
        {view !== "table" && (
          <FlameGraph
            {...shared}
            tree={tree}
            zoomed={zoomed}
            selected={selected}
            upward={upward}
            onBack={back}
            onHover={setHovered}
          />
        )}
        <Readout tree={tree} node={read} whole={whole} reading={reading} onActions={openMenu} />
        <Legend of={palette.legend} />
        {view !== "graph" && later !== undefined && (
          <FlameTreegrid
            {...shared}
            tree={tree}
            selected={selected}
            maxHeight={view === "table" ? 720 : beside}
          />
        )}
      </div>
      {view !== "graph" && later !== undefined && (
        <Functions
          tree={plain}
          palette={palette}
          sort={state.sort ?? "self"}
          whole={whole}
          onSort={sort}
          onPick={pick}
          onHover={hoverRow}
          onMenu={openRowMenu}
          selected={functionKey(frameOf(tree, selected))}
          reveal={reveal}
        />
      )}
      {menu !== undefined && menu.node < tree.length && (
        <FrameMenu tree={tree} {...menu} reading={reading} actions={actions} onClose={closer(setMenu)} />
      )}
    </div>
  );
}

const closer = (set: (none: undefined) => void) => (): void => set(undefined);

/** The functions of a tree are counted where the table is drawn: a drawing alone needs none. */
function Functions({
  tree,
  ...props
}: Omit<Parameters<typeof FunctionTable>[0], "rows" | "of"> & { readonly tree: FlameTree }) {
  const rows = useMemo(() => functionsOf(tree), [tree]);
  return <FunctionTable {...props} rows={rows} of={tree.profile} />;
}
