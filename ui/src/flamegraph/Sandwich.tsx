import { useMemo, useState } from "react";
import type { Profile } from "../api/types.ts";
import { useStable } from "../lib/useStable.ts";
import { FlameGraph } from "./FlameGraph.tsx";
import { FlameTreegrid } from "./FlameTreegrid.tsx";
import { type FrameActions, FrameMenu, frameKey } from "./FrameMenu.tsx";
import type { MenuPoint } from "./menu-point.ts";
import { Legend } from "./Legend.tsx";
import { type Palette, paletteLike, paletteOf } from "./palette.ts";
import { Readout } from "./Readout.tsx";
import type { SandwichState } from "./sandwich-state.ts";
import { callersOf } from "./transform/invert.ts";
import { focusFunction } from "./transform/transform.ts";
import { shortName, type Step } from "./transform/step.ts";
import { buildTree, type FlameTree } from "./tree.ts";
import { type Place, useFrames } from "./useFrames.ts";

type Side = "callers" | "callees";

const readings = {
  callers: { inverted: true, rootIsFunction: true },
  callees: { rootIsFunction: true },
} as const;

/** One function with all its time: above it who called it, below it what it called. */
export function Sandwich(props: {
  /** Of all frames, read from the root. */
  readonly whole: FlameTree;
  readonly functionKey: string;
  readonly state: SandwichState & { readonly view?: "graph" | "table" | undefined };
  readonly ownName: string;
  readonly of: { readonly value: number; readonly words: string };
  readonly set: (change: SandwichState) => void;
  readonly onFunction: (key: string) => void;
  readonly onClose: () => void;
  readonly onStep: (step: Step) => void;
}) {
  const { whole: all, functionKey, of: whole, state } = props;
  const { profile } = all;
  const trees: Readonly<Record<Side, FlameTree>> = useMemo(
    () => ({
      callers: buildTree(withoutRoot(callersOf(profile, functionKey))),
      callees: buildTree(withoutRoot(focusFunction(profile, functionKey))),
    }),
    [profile, functionKey],
  );
  const palettes = useMemo(
    () => ({
      callers: paletteLike(trees.callers, all),
      callees: paletteLike(trees.callees, all),
    }),
    [trees, all],
  );
  const legend = useMemo(() => {
    const shown = new Set(
      (["callers", "callees"] as const).flatMap((one) =>
        Array.from(trees[one].frame, (frame) => palettes[one].colour[frame]),
      ),
    );
    return paletteOf(all, props.ownName).legend.filter(({ colour }) => shown.has(colour));
  }, [all, props.ownName, trees, palettes]);
  const [pointed, setPointed] = useState<{ readonly side: Side; readonly node: number }>();
  const [menu, setMenu] = useState<{
    readonly side: Side;
    readonly node: number;
    readonly point: MenuPoint;
  }>();
  const name = shortName(functionKey);
  const shown = pointed !== undefined && pointed.node < trees[pointed.side].length ? pointed : undefined;

  if (trees.callees.length === 0 || trees.callees.profile.total === 0) {
    return (
      <div className="say" role="status">
        <div>
          <h3>{name} is not in this profile</h3>
          <p className="muted">A filter or a transform may have taken it out.</p>
        </div>
        <span className="end">
          <button type="button" className="btn" onClick={props.onClose}>
            Back to the flame graph
          </button>
        </span>
      </div>
    );
  }
  const side = (which: Side) => (
    <Half
      key={`${which} ${functionKey}`}
      side={which}
      tree={trees[which]}
      view={state.view}
      place={
        which === "callers"
          ? { zoom: state.callersZoom, at: state.callersAt }
          : { zoom: state.calleesZoom, at: state.calleesAt }
      }
      set={(change) =>
        props.set(
          Object.fromEntries(
            Object.entries(change).map(([name, key]) => [which + (name === "zoom" ? "Zoom" : "At"), key]),
          ),
        )
      }
      palette={palettes[which]}
      whole={whole}
      actions={(zoom) => ({ zoom, step: props.onStep, sandwich: props.onFunction, showInTable: undefined })}
      menu={menu?.side === which ? menu : undefined}
      onPoint={(node) => setPointed(node === undefined ? undefined : { side: which, node })}
      onMenu={(opened) => setMenu(opened === undefined ? undefined : { side: which, ...opened })}
    />
  );
  return (
    <div
      className="sandwich"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        props.onClose();
      }}
    >
      {side("callers")}
      <Readout
        tree={trees[shown?.side ?? "callees"]}
        node={shown?.node ?? 0}
        whole={whole}
        reading={readings[shown?.side ?? "callees"]}
      />
      <Legend of={legend} />
      {side("callees")}
    </div>
  );
}

function Half(props: {
  readonly side: Side;
  readonly tree: FlameTree;
  readonly view: "graph" | "table" | undefined;
  readonly place: Place;
  readonly set: (change: Place) => void;
  readonly palette: Palette;
  readonly whole: { readonly value: number; readonly words: string };
  readonly actions: (zoom: (node: number) => void) => FrameActions;
  readonly menu: { readonly node: number; readonly point: MenuPoint } | undefined;
  readonly onPoint: (node: number | undefined) => void;
  readonly onMenu: (menu: { readonly node: number; readonly point: MenuPoint } | undefined) => void;
}) {
  const { side, tree, palette, whole, menu, view } = props;
  const frames = useFrames(tree, props.place, 0, props.set);
  const { zoomed, selected, back } = frames;
  const openMenu = useStable((node: number, point: MenuPoint): void => props.onMenu({ node, point }));
  const select = useStable((node: number): void => {
    frames.select(node);
    props.onPoint(node);
  });
  const zoom = useStable((node: number): void => {
    frames.zoom(node);
    props.onPoint(node);
  });
  const actions = props.actions(zoom);
  const onFrameKey = useStable((key: string, node: number): boolean => frameKey(tree, node, key, actions));
  const shared = {
    tree,
    palette,
    whole,
    reading: readings[side],
    marks: undefined,
    selected,
    onSelect: select,
    onZoom: zoom,
    onMenu: openMenu,
    onFrameKey,
  };
  const name = side === "callers" ? "Callers" : "Callees";
  const grid = <FlameTreegrid {...shared} name={name} maxHeight={300} />;
  return (
    <section
      className={side}
      aria-label={name}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || zoomed === 0 || event.defaultPrevented) return;
        event.preventDefault();
        back();
      }}
    >
      <h3>{name}</h3>
      {view !== "table" && (
        <FlameGraph
          {...shared}
          name={name}
          zoomed={zoomed}
          upward={side === "callers"}
          onBack={back}
          onHover={props.onPoint}
        />
      )}
      {view === undefined && (
        <details>
          <summary>{name} as a tree</summary>
          {grid}
        </details>
      )}
      {view === "table" && grid}
      {menu !== undefined && menu.node < tree.length && (
        <FrameMenu
          tree={tree}
          {...menu}
          reading={readings[side]}
          actions={actions}
          onClose={() => props.onMenu(undefined)}
        />
      )}
    </section>
  );
}

/** The only child of the root as the root. */
function withoutRoot(profile: Profile): Profile {
  const { nodes } = profile;
  return {
    ...profile,
    nodes: {
      frame: nodes.frame.slice(1),
      parent: nodes.parent.slice(1).map((parent) => parent - 1),
      self: nodes.self.slice(1),
      total: nodes.total.slice(1),
      samples: nodes.samples.slice(1),
    },
  };
}
