import "../flamegraph/flamegraph.css";
import "../profile/profile.css";
import { useMemo, useState } from "react";
import { CopyButton } from "../components/CopyButton.tsx";
import { placeWords, stackText } from "../flamegraph/describe.ts";
import { FlameGraph } from "../flamegraph/FlameGraph.tsx";
import { beside, FlameTreegrid } from "../flamegraph/FlameTreegrid.tsx";
import { matchedTotal, matchNodes } from "../flamegraph/functions.ts";
import type { MenuPoint } from "../flamegraph/menu-point.ts";
import { frameOf } from "../flamegraph/tree.ts";
import { useFrames } from "../flamegraph/useFrames.ts";
import { FilterBar } from "../profile/FilterBar.tsx";
import type { CompareState } from "../state/compare.ts";
import type { FilterChip } from "../state/filters.ts";
import { useStable } from "../lib/useStable.ts";
import { compact } from "../state/raw.ts";
import { functionWords } from "../text/function-words.ts";
import { changeOf, changePlace, diffPalette, type DiffTree, presenceOf } from "./diff.ts";
import { DiffMenu } from "./DiffMenu.tsx";
import { changeCell, changeWords, type DiffUnit } from "./units.ts";

/** Filters, drawing and tree of a difference; zoom and selection live in the address. */
export function DiffView(props: {
  readonly diff: DiffTree;
  readonly unit: DiffUnit;
  readonly names: { readonly base: string; readonly other: string };
  readonly state: CompareState;
  readonly problem: string | undefined;
  readonly onChange: (state: CompareState) => void;
}) {
  const { diff, unit, names, state } = props;
  const { tree } = diff;
  const [draft, setDraft] = useState<string>();
  const [hovered, setHovered] = useState<number>();
  const set = (change: Partial<CompareState>): void => props.onChange(compact({ ...state, ...change }));
  const palette = useMemo(() => diffPalette(diff), [diff]);
  const first = useMemo(() => changePlace(diff)?.node ?? 0, [diff]);
  const { zoomed, selected, select, zoom, back } = useFrames(tree, state, first, set);
  const [menu, setMenu] = useState<{ readonly node: number; readonly point: MenuPoint }>();
  const openMenu = useStable((at: number, point: MenuPoint): void => setMenu({ node: at, point }));
  const closeMenu = useStable((): void => setMenu(undefined));
  const { highlight } = state;
  const marks = useMemo(() => {
    const patterns = draft === undefined ? highlight : [draft];
    if (patterns === undefined) return undefined;
    const found = patterns.flatMap((pattern) => matchNodes(tree, pattern) ?? []);
    return found.length === 0
      ? undefined
      : Uint8Array.from(tree.frame, (_, node) => (found.some((match) => match[node] === 1) ? 1 : 0));
  }, [tree, draft, highlight]);
  const whole = { value: 0, words: "all" };
  const shared = { tree, palette, marks, whole, onSelect: select, onZoom: zoom, onMenu: openMenu };
  const sumOf = (chip: FilterChip): string | undefined => {
    const matched = chip.name === "highlight" ? matchNodes(tree, chip.pattern) : undefined;
    return matched === undefined ? undefined : unit.words(matchedTotal(tree, matched));
  };
  const baseTotal = (node: number): number => diff.base.total[node] ?? 0;
  const otherTotal = (node: number): number => diff.other.total[node] ?? 0;
  const absent = (at: number): string | undefined =>
    at > 0 && presenceOf(diff, at) !== "both" ? "not seen" : undefined;
  const node = hovered !== undefined && hovered < tree.length ? hovered : selected;
  const presence = node === 0 ? "both" : presenceOf(diff, node);
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
      <div
        onKeyDown={(event) => {
          if (event.key !== "Escape" || zoomed === 0 || event.defaultPrevented) return;
          event.preventDefault();
          back();
        }}
      >
        {state.view !== "table" && (
          <FlameGraph
            {...shared}
            zoomed={zoomed}
            selected={selected}
            onBack={back}
            onHover={setHovered}
            value={unit.words}
            tip={(at) => (
              <>
                <b>{functionWords(frameOf(tree, at)).full}</b>
                <span className="muted">{placeWords(frameOf(tree, at))}</span>
                <dl>
                  <dt>{names.base}</dt>
                  <dd>{absent(at) ?? unit.words(baseTotal(at))}</dd>
                  <dt>{names.other}</dt>
                  <dd>{unit.words(otherTotal(at))}</dd>
                  <dt>Change</dt>
                  <dd>{changeWords(unit, changeOf(diff, at))}</dd>
                </dl>
              </>
            )}
          />
        )}
        <div className="readout">
          <span id="flame-readout" role="status">
            <b>{functionWords(frameOf(tree, node)).full}</b>{" "}
            <span className="muted">{placeWords(frameOf(tree, node))}</span>{" "}
            {presence === "new" ? (
              <span>new in {names.other}</span>
            ) : (
              <>
                <span>
                  {presence === "unseen"
                    ? `not seen in ${names.base}`
                    : `${unit.words(baseTotal(node))} in ${names.base}`}
                </span>{" "}
                <span>
                  {unit.words(otherTotal(node))} in {names.other}
                </span>
              </>
            )}{" "}
            <b>
              {changeWords(unit, changeOf(diff, node))} {unit.per}
            </b>
          </span>
          <CopyButton quiet text={() => stackText(tree, node)}>
            Copy stack
          </CopyButton>
          <button
            type="button"
            className="btn quiet"
            aria-haspopup="menu"
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              openMenu(node, { x: box.left, y: box.bottom + 4 });
            }}
          >
            Actions
          </button>
        </div>
        {state.view !== "graph" && (
          <FlameTreegrid
            {...shared}
            selected={selected}
            maxHeight={state.view === "table" ? 720 : beside}
            columns={[
              { head: names.base, cell: (at) => unit.cell(baseTotal(at)) },
              { head: names.other, cell: (at) => unit.cell(otherTotal(at)) },
              { head: "Change", cell: (at) => changeCell(unit, changeOf(diff, at)) },
            ]}
          />
        )}
      </div>
      {menu !== undefined && menu.node < tree.length && (
        <DiffMenu
          tree={tree}
          {...menu}
          names={names}
          state={state}
          onZoom={zoom}
          onChange={props.onChange}
          onClose={closeMenu}
        />
      )}
    </>
  );
}
