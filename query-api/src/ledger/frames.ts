import type { BlameKind } from "@hotspan/ledger";
import type { Frame } from "../types.ts";

export interface NamedStacks {
  readonly frames: readonly Frame[];
  /** Of each stack indices into `frames`, leaf first. */
  readonly stacks: readonly ArrayLike<number>[];
}

/** The frames of these stacks (`hash service`), in their order. */
export type ResolveFrames = (stacks: readonly string[]) => Promise<NamedStacks>;

/** A frame as text, by which the ledger groups; the line is part of it, so that two methods of one name stay apart. */
export function frameText({ function: fn, file, line, package: pkg, kind }: Frame): string {
  return JSON.stringify([fn, file, line, pkg, kind]);
}

/** Of work that has no stack. */
export const madeFrames: Readonly<Record<BlameKind, Frame>> = {
  gc: { function: "(garbage collector)", file: null, line: null, package: null, kind: "gc" },
  runtime: { function: "(runtime)", file: null, line: null, package: null, kind: "runtime" },
  request: { function: "(unknown)", file: null, line: null, package: null, kind: "runtime" },
  unlabelled: { function: "(unknown)", file: null, line: null, package: null, kind: "runtime" },
};

const unknown: Frame = { function: "(unknown)", file: null, line: null, package: null, kind: "runtime" };

/** The frame of such a text; of any other, as the id of a stack nobody knows, `(unknown)`. */
export function frameOf(text: string): Frame {
  if (!text.startsWith("[")) return unknown;
  const [fn, file, line, pkg, kind] = JSON.parse(text) as [
    string,
    string | null,
    number | null,
    string | null,
    Frame["kind"],
  ];
  return { function: fn, file, line, package: pkg, kind };
}
