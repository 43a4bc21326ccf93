import { useNavigate } from "@tanstack/react-router";
import { Menu } from "../components/Menu.tsx";
import { placeWords, stackText } from "../flamegraph/describe.ts";
import { patternFor } from "../flamegraph/functions.ts";
import type { MenuPoint } from "../flamegraph/menu-point.ts";
import { functionKey } from "../flamegraph/transform/step.ts";
import { type FlameTree, frameOf } from "../flamegraph/tree.ts";
import { type CompareState, profilesOfSide, type SideName } from "../state/compare.ts";
import { addChip } from "../state/filters.ts";
import { compact } from "../state/raw.ts";
import { functionWords } from "../text/function-words.ts";

/** What can be done with a frame of a difference. What changes the picture is a filter here: both sides are read again with it. */
export function DiffMenu(props: {
  readonly tree: FlameTree;
  readonly node: number;
  readonly point: MenuPoint;
  readonly names: Readonly<Record<SideName, string>>;
  readonly state: CompareState;
  readonly onZoom: (node: number) => void;
  readonly onChange: (state: CompareState) => void;
  readonly onClose: () => void;
}) {
  const { tree, node, names, state } = props;
  const navigate = useNavigate();
  const frame = frameOf(tree, node);
  const name = functionWords(frame).full;
  const filtered = (kind: "focus" | "hide") => (): void =>
    // What was zoomed to or selected may be gone or stand elsewhere.
    props.onChange(
      compact({
        ...addChip(state, { name: kind, pattern: patternFor(frame) }),
        zoom: undefined,
        at: undefined,
      }),
    );
  const callers = (side: SideName) => ({
    words: `Callers and callees in ${names[side]}`,
    onPick: () =>
      void navigate({
        to: "/profiles",
        search: { ...profilesOfSide(state, side), sandwich: functionKey(frame) },
      }),
  });
  // The root is the selection itself, not a function in it.
  const isFunction = node !== 0;
  return (
    <Menu
      label={`What to do with ${name}`}
      head={
        <>
          <b>{name}</b>
          <span className="muted">{placeWords(frame)}</span>
        </>
      }
      x={props.point.x}
      y={props.point.y}
      items={[
        { words: "Zoom to frame", shortcut: "Enter", onPick: () => props.onZoom(node) },
        ...(isFunction
          ? [
              { words: "Focus on function", onPick: filtered("focus") },
              { words: "Hide function", onPick: filtered("hide") },
              { ...callers("base"), apart: true },
              callers("other"),
            ]
          : []),
        { words: "Copy name", apart: true, copies: () => frame.function },
        ...(isFunction ? [{ words: "Copy stack", copies: () => stackText(tree, node) }] : []),
      ]}
      onClose={props.onClose}
    />
  );
}
