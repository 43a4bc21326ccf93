// Transforms of a call tree, as pure functions: columns in, columns out, in time linear in the nodes. Each keeps two
// promises: a node's total is its self and its children's totals, and no time is counted twice.
import type { Frame, Profile } from "../../api/types.ts";
import { at } from "../tree.ts";
import { allPackages, functionKey, packageOf, readStep, runtimePackage, type Step } from "./step.ts";
import { ownSamples, TreeWriter } from "./writer.ts";

/** Steps as they stand in the address, one after the other. What cannot be read is left out. */
export function applySteps(profile: Profile, steps: readonly string[] | undefined): Profile {
  let result = profile;
  for (const text of steps ?? []) {
    const step = readStep(text);
    if (step !== undefined) result = applyStep(result, step);
  }
  return result;
}

export function applyStep(profile: Profile, { kind, of }: Step): Profile {
  switch (kind) {
    case "focus":
      return focusFunction(profile, of);
    case "merge":
      return mergeFunction(profile, of);
    case "drop":
      return dropFunction(profile, of);
    case "unrecurse":
      return collapseRecursion(profile, of);
    case "collapse":
      return collapsePackage(profile, of);
  }
}

/** The function's frames go; what they took themselves falls to who called them, and what they called moves up. */
export function mergeFunction(profile: Profile, key: string): Profile {
  const isIt = framesOf(profile, key);
  return rebuild(profile, profile.frames, (node, above, write) =>
    at(isIt, at(profile.nodes.frame, node)) === 1 ? above : write(above),
  );
}

/** The function's calls go with all they called, and so does their time. */
export function dropFunction(profile: Profile, key: string): Profile {
  const isIt = framesOf(profile, key);
  return rebuild(profile, profile.frames, (node, above, write) =>
    above < 0 || at(isIt, at(profile.nodes.frame, node)) === 1 ? -1 : write(above),
  );
}

/** All calls of the function as one, whoever made them; everything else goes. A call within a call stays below it. */
export function focusFunction(profile: Profile, key: string): Profile {
  const isIt = framesOf(profile, key);
  return rebuild(profile, profile.frames, (node, above, write) => {
    if (above > 0) return write(above);
    return at(isIt, at(profile.nodes.frame, node)) === 1 ? write(0) : -1;
  });
}

/** A call of the function within a call of it becomes that outer call; frames between them keep their own time only. */
export function collapseRecursion(profile: Profile, key: string): Profile {
  const isIt = framesOf(profile, key);
  // Per node the outermost call above or at it, in the tree that is written.
  const outer = new Int32Array(profile.nodes.frame.length).fill(-1);
  return rebuild(profile, profile.frames, (node, above, write) => {
    const known = at(outer, at(profile.nodes.parent, node));
    const called = at(isIt, at(profile.nodes.frame, node)) === 1;
    const place = called && known >= 0 ? known : write(above);
    outer[node] = called && known < 0 ? place : known;
    return place;
  });
}

/** Each run of frames of the package becomes one frame with the package's name; `node_modules`: of any dependency. */
export function collapsePackage(profile: Profile, name: string): Profile {
  const belongs = Uint8Array.from(profile.frames, (frame) => (isOf(frame, name) ? 1 : 0));
  const frames = [...profile.frames, packageFrame(name)];
  const { nodes } = profile;
  return rebuild(profile, frames, (node, above, write) => {
    if (at(belongs, at(nodes.frame, node)) === 0) return write(above);
    const parent = at(nodes.parent, node);
    return parent > 0 && at(belongs, at(nodes.frame, parent)) === 1 ? above : write(above, frames.length - 1);
  });
}

function isOf(frame: Frame, name: string): boolean {
  return name === allPackages ? frame.kind === "dependency" : packageOf(frame) === name;
}

function packageFrame(name: string): Frame {
  const runtime = name === runtimePackage;
  return {
    function: runtime ? "Node.js and V8" : name,
    file: null,
    line: null,
    package: runtime ? null : name,
    kind: runtime ? "runtime" : "dependency",
  };
}

/**
 * The tree anew. `place` says where the node's time goes, given where its parent's went: at a node above, at the node
 * that `write` makes under one, or nowhere (−1).
 */
function rebuild(
  profile: Profile,
  frames: readonly Frame[],
  place: (node: number, above: number, write: (under: number, frame?: number) => number) => number,
): Profile {
  const { nodes } = profile;
  const first = firstOfFunction(frames);
  const own = ownSamples(profile);
  const writer = new TreeWriter(at(nodes.frame, 0));
  const target = new Int32Array(nodes.frame.length);
  let present = 0;
  const write = (under: number, frame?: number): number =>
    under < 0 ? -1 : writer.child(under, frame ?? at(first, at(nodes.frame, present)));
  for (let node = 0; node < target.length; node++) {
    present = node;
    const to = node === 0 ? 0 : place(node, at(target, at(nodes.parent, node)), write);
    target[node] = to;
    if (to < 0) continue;
    writer.add(to, at(nodes.self, node), at(own, node));
    if (nodes.highlighted?.[node] === true) writer.highlighted[to] = true;
  }
  return writer.profile(profile, frames);
}

/** Lines differ between frames of one function; per frame the first that is of the same. */
export function firstOfFunction(frames: readonly Frame[]): Uint32Array {
  const first = new Map<string, number>();
  return Uint32Array.from(frames, (frame, index) => {
    const key = functionKey(frame);
    const known = first.get(key);
    if (known === undefined) first.set(key, index);
    return known ?? index;
  });
}

/** Per frame 1 where it is the function; never the root's, whose name is not a function's. */
function framesOf(profile: Profile, key: string): Uint8Array {
  const root = profile.nodes.frame[0];
  return Uint8Array.from(profile.frames, (frame, index) =>
    index !== root && functionKey(frame) === key ? 1 : 0,
  );
}
