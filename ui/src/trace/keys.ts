// Keys of the waterfall; they follow what people know from other trace views.

export type TraceCommand =
  | "up"
  | "down"
  | "first"
  | "last"
  | "fold"
  | "unfold"
  | "open"
  | "profile"
  | "zoomIn"
  | "zoomOut"
  | "panLeft"
  | "panRight"
  | "previousError"
  | "nextError"
  | "keys"
  | "back";

export interface KeyHelp {
  readonly keys: readonly string[];
  readonly words: string;
}

const commands: ReadonlyMap<string, TraceCommand> = new Map<string, TraceCommand>([
  ["ArrowDown", "down"],
  ["f", "down"],
  ["ArrowUp", "up"],
  ["b", "up"],
  ["Home", "first"],
  ["End", "last"],
  ["ArrowLeft", "fold"],
  ["ArrowRight", "unfold"],
  ["Enter", "open"],
  ["p", "profile"],
  ["w", "zoomIn"],
  ["s", "zoomOut"],
  ["a", "panLeft"],
  ["d", "panRight"],
  ["[", "previousError"],
  ["]", "nextError"],
  ["?", "keys"],
  ["Escape", "back"],
]);

export function commandOf(key: string): TraceCommand | undefined {
  return commands.get(key);
}

export const keyHelp: readonly KeyHelp[] = [
  { keys: ["↑", "↓", "b", "f"], words: "previous and next span" },
  { keys: ["←", "→"], words: "fold and unfold; to the parent and the first child" },
  { keys: ["Enter"], words: "open and close the details of the span" },
  { keys: ["p"], words: "Profile for this span" },
  { keys: ["w", "s"], words: "zoom in and out" },
  { keys: ["a", "d"], words: "move along the time axis" },
  { keys: ["[", "]"], words: "previous and next error" },
  { keys: ["Home", "End"], words: "first and last span" },
  { keys: ["Esc"], words: "close the details, then show the whole trace" },
  { keys: ["?"], words: "these keys" },
];

/**
 * Whether a key is meant for something else than the waterfall: a field, what is open above the page, or what has keys of
 * its own beside it.
 * @param target where the key was pressed; the body where nothing has the focus
 */
export function isElsewhere(target: Element, waterfall: Element | null): boolean {
  if (target.closest("input, textarea, select, [contenteditable]") !== null) return true;
  if (document.querySelector("dialog[open], [role=menu]") !== null) return true;
  if (waterfall?.contains(target) === true || target === document.body) return false;
  // A box that scrolls keeps its arrows.
  return target.closest("[role=menu], [role=region], [role=application], dialog") !== null;
}
