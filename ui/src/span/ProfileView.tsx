import "../flamegraph/flamegraph.css";
import { useMemo, useState } from "react";
import type { Profile } from "../api/types.ts";
import { FlameGraph } from "../flamegraph/FlameGraph.tsx";
import { FlameTreegrid } from "../flamegraph/FlameTreegrid.tsx";
import { FunctionTable } from "../flamegraph/FunctionTable.tsx";
import { functionsOf, matchedTotal, matchFunction, matchNodes, patternFor } from "../flamegraph/functions.ts";
import { hotPlace } from "../flamegraph/hotpath.ts";
import { paletteOf } from "../flamegraph/palette.ts";
import { Readout } from "../flamegraph/Readout.tsx";
import { buildTree, type FlameTree, pathKeys, withRootName } from "../flamegraph/tree.ts";
import { valueWords } from "../flamegraph/describe.ts";
import { compact } from "../state/raw.ts";
import { addChip, type FilterChip, type SpanState } from "../state/span.ts";
import { FilterBar } from "./FilterBar.tsx";
import { NothingLeft } from "./NothingLeft.tsx";

interface Whole {
  readonly value: number;
  readonly words: string;
}

/** Filters, drawing, tree and table of one profile; zoom and selection live in the address. */
export function ProfileView(props: {
  /** Undefined: the first answer refused the filters, so there is nothing but them to show. */
  readonly profile: Profile | undefined;
  readonly state: SpanState;
  readonly problem: string | undefined;
  readonly ownName: string;
  readonly rootName: string;
  readonly whole: Whole;
  /** Offered where the span itself has no samples, but its children do. */
  readonly onSubtree: (() => void) | undefined;
  readonly onChange: (state: SpanState) => void;
}) {
  const { profile, state } = props;
  const [draft, setDraft] = useState<string>();
  const { rootName } = props;
  const tree = useMemo(
    () => (profile === undefined ? undefined : buildTree(withRootName(profile, rootName))),
    [profile, rootName],
  );
  const set = (change: Partial<SpanState>): void => props.onChange(compact({ ...state, ...change }));

  const sumOf = (chip: FilterChip): string | undefined => {
    if (chip.name !== "highlight" || tree === undefined) return undefined;
    const matched = matchNodes(tree, chip.pattern);
    return matched === undefined ? undefined : valueWords(tree.profile.unit, matchedTotal(tree, matched));
  };
  return (
    <>
      <FilterBar
        state={state}
        problem={props.problem}
        sumOf={sumOf}
        onChange={props.onChange}
        onDraft={setDraft}
        onReset={state.zoom === undefined ? undefined : () => set({ zoom: undefined })}
      />
      {tree !== undefined &&
        (tree.profile.total > 0 ? (
          <Frames {...props} tree={tree} draft={draft} set={set} />
        ) : (
          <NothingLeft state={state} onSubtree={props.onSubtree} />
        ))}
    </>
  );
}

function Frames(props: {
  readonly tree: FlameTree;
  readonly state: SpanState;
  readonly ownName: string;
  readonly whole: Whole;
  readonly draft: string | undefined;
  readonly set: (change: Partial<SpanState>) => void;
  readonly onChange: (state: SpanState) => void;
}) {
  const { tree, state, whole, set, draft } = props;
  const [hovered, setHovered] = useState<number>();
  const [hoveredFunction, setHoveredFunction] = useState<number>();
  const palette = useMemo(() => paletteOf(tree, props.ownName), [tree, props.ownName]);
  const keys = useMemo(() => pathKeys(tree), [tree]);
  const nodeOf = useMemo(() => new Map(keys.map((key, node) => [key, node])), [keys]);
  const functions = useMemo(() => functionsOf(tree), [tree]);
  const first = useMemo(() => hotPlace(tree)?.node ?? 0, [tree]);

  const zoomed = (state.zoom === undefined ? undefined : nodeOf.get(state.zoom)) ?? 0;
  const selected = (state.at === undefined ? undefined : nodeOf.get(state.at)) ?? first;
  const marks = useMemo(() => {
    if (hoveredFunction !== undefined) {
      const same = functions.find((row) => row.frameIndex === hoveredFunction)?.key;
      return same === undefined ? undefined : matchFunction(tree, same);
    }
    if (draft !== undefined) return matchNodes(tree, draft);
    return state.highlight === undefined ? undefined : tree.highlighted;
  }, [tree, draft, state.highlight, hoveredFunction, functions]);

  const select = (node: number): void => set({ at: keys[node] });
  const zoom = (node: number): void =>
    set({ zoom: node === 0 ? undefined : keys[node], at: node === 0 ? state.at : keys[node] });
  const view = state.view ?? "both";
  const shared = { tree, palette, marks, whole, onSelect: select, onZoom: zoom };
  return (
    <div
      className={view === "graph" ? "flamewrap one" : "flamewrap"}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || zoomed === 0 || event.defaultPrevented) return;
        event.preventDefault();
        zoom(0);
      }}
    >
      <div>
        {view !== "table" && (
          <FlameGraph {...shared} zoomed={zoomed} selected={selected} onHover={setHovered} />
        )}
        <Readout
          tree={tree}
          node={hovered !== undefined && hovered < tree.length ? hovered : selected}
          whole={whole}
        />
        <p className="key legend" aria-hidden="true">
          {palette.legend.map(({ colour, words }) => (
            <span key={words}>
              <i className="sw" style={{ background: `var(--${colour})` }} />
              {words}
            </span>
          ))}
        </p>
        {view !== "graph" && (
          <FlameTreegrid {...shared} selected={selected} maxHeight={view === "table" ? 720 : 380} />
        )}
      </div>
      {view !== "graph" && (
        <FunctionTable
          tree={tree}
          palette={palette}
          rows={functions}
          sort={state.sort ?? "self"}
          whole={whole}
          onSort={(sort) => set({ sort: sort === "self" ? undefined : sort })}
          onPick={(row) =>
            props.onChange(addChip(state, { name: "highlight", pattern: patternFor(row.frame) }))
          }
          onHover={(row) => setHoveredFunction(row?.frameIndex)}
        />
      )}
    </div>
  );
}
