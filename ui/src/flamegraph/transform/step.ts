// A transform of a profile as one thing to do and to undo, and as text in the address.
import type { Frame } from "../../api/types.ts";
import { functionWords } from "../../text/function-words.ts";
import { filterText } from "../tree.ts";

/** What is done with all calls of a function, named by its key (`filterText`). */
export const functionSteps = ["focus", "merge", "drop", "unrecurse"] as const;
/** With all frames of a package. */
const packageSteps = ["collapse"] as const;

export type FunctionStep = (typeof functionSteps)[number];
export type StepKind = FunctionStep | (typeof packageSteps)[number];

export interface Step {
  readonly kind: StepKind;
  /** A function's key, or for `collapse` a package, `node_modules` or `node:`. */
  readonly of: string;
}

/** All dependencies as one. */
export const allPackages = "node_modules";
/** Node.js and V8 as one. */
export const runtimePackage = "node:";

const kinds: readonly string[] = [...functionSteps, ...packageSteps];
// Longer than any function's name with its file is; addresses have an end.
const longest = 600;
const most = 20;

/** `merge date-fns/parseISO lib/parseISO.js` → a step; undefined when it is none. */
export function readStep(text: string): Step | undefined {
  const space = text.indexOf(" ");
  const kind = text.slice(0, space);
  const of = text.slice(space + 1);
  if (space < 0 || of === "" || of.length > longest || !kinds.includes(kind)) return undefined;
  return { kind: kind as StepKind, of };
}

export const stepText = ({ kind, of }: Step): string => `${kind} ${of}`;

/** Those of a list of texts that are steps, in their order; undefined when none is. */
export function readSteps(texts: readonly string[] | undefined): readonly string[] | undefined {
  const read = texts?.filter((text) => readStep(text) !== undefined).slice(0, most);
  return read === undefined || read.length === 0 ? undefined : read;
}

/** `date-fns/parseISO lib/parseISO.js` → `parseISO`. */
export function functionName(key: string): string {
  const end = key.lastIndexOf(" ");
  const named = end < 0 ? key : key.slice(0, end);
  // A scoped package has a slash of its own.
  const slash = named.startsWith("@") ? named.indexOf("/", named.indexOf("/") + 1) : named.indexOf("/");
  return named.slice(slash + 1) || key;
}

/** As a label. */
export const shortName = (key: string): string => functionWords({ function: functionName(key) }).short;

export function stepWords({ kind, of }: Step): { readonly verb: string; readonly what: string } {
  switch (kind) {
    case "focus":
      return { verb: "focus on", what: shortName(of) };
    case "merge":
      return { verb: "merge", what: shortName(of) };
    case "drop":
      return { verb: "hide", what: shortName(of) };
    case "unrecurse":
      return { verb: "collapse recursion of", what: shortName(of) };
    case "collapse":
      return { verb: "collapse", what: of === runtimePackage ? "Node.js and V8" : of };
  }
}

/** The package a frame can be collapsed with; undefined for own code. */
export function packageOf(frame: Frame): string | undefined {
  switch (frame.kind) {
    case "dependency":
      return frame.package ?? undefined;
    case "node":
    case "v8":
    case "native":
    case "runtime":
      return runtimePackage;
    case "app":
    case "gc":
      return frame.package ?? undefined;
  }
}

/** By this a step names a function: lines differ between its frames, the function does not. */
export const functionKey = (frame: Frame): string => filterText(frame);
