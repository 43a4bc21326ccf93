import { useMemo, useState } from "react";
import type { Profile } from "../api/types.ts";
import { useStable } from "../lib/useStable.ts";
import { FlameGraph } from "./FlameGraph.tsx";
import { FlameTreegrid } from "./FlameTreegrid.tsx";
import { type FrameActions, FrameMenu, frameKey } from "./FrameMenu.tsx";
import type { MenuPoint } from "./menu-point.ts";
import { paletteOf } from "./palette.ts";
import { Readout } from "./Readout.tsx";
import { callersOf } from "./transform/invert.ts";
import { focusFunction } from "./transform/transform.ts";
import { functionName, type Step } from "./transform/step.ts";
import { buildTree, type FlameTree } from "./tree.ts";

type Side = "callers" | "callees";

const readings = {
  callers: { inverted: true, rootIsFunction: true },
  callees: { rootIsFunction: true },
} as const;

/** One function with all its time: above it who called it, below it what it called. */
export function Sandwich(props: {
  readonly profile: Profile;
  readonly functionKey: string;
  readonly ownName: string;
  readonly whole: { readonly value: number; readonly words: string };
  readonly onFunction: (key: string) => void;
  readonly onClose: () => void;
  readonly onStep: (step: Step) => void;
}) {
  const { profile, functionKey, whole } = props;
  const trees: Readonly<Record<Side, FlameTree>> = useMemo(
    () => ({
      callers: buildTree(withoutRoot(callersOf(profile, functionKey))),
      callees: buildTree(withoutRoot(focusFunction(profile, functionKey))),
    }),
    [profile, functionKey],
  );
  const palettes = useMemo(
    () => ({
      callers: paletteOf(trees.callers, props.ownName, false),
      callees: paletteOf(trees.callees, props.ownName, false),
    }),
    [trees, props.ownName],
  );
  const [pointed, setPointed] = useState<{ readonly side: Side; readonly node: number }>();
  const [menu, setMenu] = useState<{
    readonly side: Side;
    readonly node: number;
    readonly point: MenuPoint;
  }>();
  const name = functionName(functionKey);
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
      {side("callees")}
    </div>
  );
}

function Half(props: {
  readonly side: Side;
  readonly tree: FlameTree;
  readonly palette: ReturnType<typeof paletteOf>;
  readonly whole: { readonly value: number; readonly words: string };
  readonly actions: (zoom: (node: number) => void) => FrameActions;
  readonly menu: { readonly node: number; readonly point: MenuPoint } | undefined;
  readonly onPoint: (node: number | undefined) => void;
  readonly onMenu: (menu: { readonly node: number; readonly point: MenuPoint } | undefined) => void;
}) {
  const { side, tree, palette, whole, menu } = props;
  const [zoomed, setZoomed] = useState(0);
  const [selected, setSelected] = useState(0);
  const inTree = (node: number): number => (node < tree.length ? node : 0);
  const openMenu = useStable((node: number, point: MenuPoint): void => props.onMenu({ node, point }));
  const select = useStable((node: number): void => {
    setSelected(node);
    props.onPoint(node);
  });
  const zoom = useStable((node: number): void => {
    setZoomed(node);
    select(node);
  });
  const actions = props.actions(zoom);
  const onFrameKey = useStable((key: string, node: number): boolean => frameKey(tree, node, key, actions));
  const shared = {
    tree,
    palette,
    whole,
    reading: readings[side],
    marks: undefined,
    selected: inTree(selected),
    onSelect: select,
    onZoom: zoom,
    onMenu: openMenu,
    onFrameKey,
  };
  const name = side === "callers" ? "Callers" : "Callees";
  return (
    <section className={side} aria-label={name}>
      <h3>{name}</h3>
      <FlameGraph
        {...shared}
        name={name}
        zoomed={inTree(zoomed)}
        upward={side === "callers"}
        onHover={props.onPoint}
      />
      <details>
        <summary>{name} as a tree</summary>
        <FlameTreegrid {...shared} name={name} maxHeight={300} />
      </details>
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
