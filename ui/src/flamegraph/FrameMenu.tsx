import { Menu, type MenuItem } from "../components/Menu.tsx";
import { functionWords } from "../text/function-words.ts";
import { placeWords, type Reading, stackText } from "./describe.ts";
import type { MenuPoint } from "./menu-point.ts";
import {
  functionSteps,
  type FunctionStep,
  allPackages,
  functionKey,
  packageOf,
  runtimePackage,
  type Step,
} from "./transform/step.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

/** What can be done with a frame besides selecting it. */
export interface FrameActions {
  readonly zoom: (node: number) => void;
  readonly step: (step: Step) => void;
  /** Callers and callees of the function. */
  readonly sandwich: (key: string) => void;
  /** Undefined where no table is. */
  readonly showInTable: ((node: number) => void) | undefined;
}

const words: Readonly<Record<FunctionStep, { readonly words: string; readonly shortcut: string }>> = {
  focus: { words: "Focus on function", shortcut: "f" },
  merge: { words: "Merge function into its callers", shortcut: "m" },
  drop: { words: "Hide function and what it calls", shortcut: "h" },
  unrecurse: { words: "Collapse recursion", shortcut: "r" },
};

/** Does what a letter means for the frame; true: it meant something. */
export function frameKey(tree: FlameTree, node: number, key: string, actions: FrameActions): boolean {
  const frame = frameOf(tree, node);
  const kind = functionSteps.find((one) => words[one].shortcut === key);
  if (kind !== undefined) actions.step({ kind, of: functionKey(frame) });
  else if (key === "c") {
    const name = packageOf(frame);
    if (name === undefined) return false;
    actions.step({ kind: "collapse", of: name });
  } else if (key === "s") actions.sandwich(functionKey(frame));
  else if (key === "t" && actions.showInTable !== undefined) actions.showInTable(node);
  else return false;
  return true;
}

export function FrameMenu(props: {
  readonly tree: FlameTree;
  readonly node: number;
  readonly point: MenuPoint;
  readonly reading?: Reading;
  readonly actions: FrameActions;
  readonly onClose: () => void;
}) {
  const { tree, node, actions } = props;
  const frame = frameOf(tree, node);
  const key = functionKey(frame);
  const step = (kind: FunctionStep): MenuItem => ({
    ...words[kind],
    onPick: () => actions.step({ kind, of: key }),
  });
  const name = packageOf(frame);
  const items: MenuItem[] = [{ words: "Zoom to frame", shortcut: "Enter", onPick: () => actions.zoom(node) }];
  // The root is the selection itself, not a function in it.
  const isFunction = node !== 0 || props.reading?.rootIsFunction === true;
  if (isFunction) {
    items.push(step("focus"), step("merge"), step("drop"));
    if (recurs(tree, node)) items.push(step("unrecurse"));
    if (name !== undefined) {
      items.push({
        words: `Collapse ${name === runtimePackage ? "Node.js and V8" : name}`,
        shortcut: "c",
        onPick: () => actions.step({ kind: "collapse", of: name }),
      });
    }
    if (frame.kind === "dependency" && name !== allPackages) {
      items.push({
        words: "Collapse all of node_modules",
        onPick: () => actions.step({ kind: "collapse", of: allPackages }),
      });
    }
    items.push({ words: "Callers and callees", shortcut: "s", onPick: () => actions.sandwich(key) });
    const { showInTable } = actions;
    if (showInTable !== undefined)
      items.push({ words: "Show in table", shortcut: "t", apart: true, onPick: () => showInTable(node) });
  }
  items.push({
    words: "Copy name",
    apart: !isFunction || actions.showInTable === undefined,
    copies: () => frame.function,
  });
  if (isFunction) items.push({ words: "Copy stack", copies: () => stackText(tree, node, props.reading) });
  return (
    <Menu
      label={`What to do with ${functionWords(frame).full}`}
      head={
        <>
          <b>{functionWords(frame).full}</b>
          <span className="muted">{placeWords(frame)}</span>
        </>
      }
      x={props.point.x}
      y={props.point.y}
      items={items}
      onClose={props.onClose}
    />
  );
}

/** Whether the frame's function stands above or right below it too. */
function recurs(tree: FlameTree, node: number): boolean {
  const key = functionKey(frameOf(tree, node));
  const isIt = (one: number): boolean => functionKey(frameOf(tree, one)) === key;
  for (let up = at(tree.parent, node); up >= 0; up = at(tree.parent, up)) if (isIt(up)) return true;
  // Descendants follow in the columns, but not always right behind: ask their parents.
  const below = new Uint8Array(tree.length);
  below[node] = 1;
  for (let i = node + 1; i < tree.length; i++) {
    if (at(below, at(tree.parent, i)) === 0) continue;
    if (isIt(i)) return true;
    below[i] = 1;
  }
  return false;
}
