import type { RE2JS } from "re2js";
import type { Frame, Profile } from "../types.ts";
import { matchAny } from "./filters.ts";
import { type SampleSet, unitOf } from "./frames.ts";
import { callTree, OTHER, ROOT } from "./tree.ts";

const rootFrame: Frame = { function: "(root)", file: null, line: null, package: null, kind: "runtime" };
const otherFrame: Frame = { function: "other", file: null, line: null, package: null, kind: "runtime" };

/** Whether a frame is the root, or what `maxNodes` left over: no code stands behind it. */
export const isMade = ({ function: fn, file, package: pkg }: Frame): boolean =>
  file === null && pkg === null && (fn === rootFrame.function || fn === otherFrame.function);

/** The `Profile` of the API: the tree with only the frames it uses. */
export function toProfile(set: SampleSet, maxNodes: number, highlight: readonly RE2JS[]): Profile {
  const tree = callTree(set, maxNodes);
  const frames: Frame[] = [];
  const ids = new Map<number, number>();
  const frame = tree.frame.map((source) => {
    const known = ids.get(source);
    if (known !== undefined) return known;
    const id = frames.length;
    ids.set(source, id);
    frames.push(source === ROOT ? rootFrame : source === OTHER ? otherFrame : set.frames[source]!);
    return id;
  });
  const marked = frames.map((one) => one !== rootFrame && one !== otherFrame && matchAny(highlight, one));
  return {
    type: set.type,
    unit: unitOf(set.type),
    total: tree.total[0]!,
    samples: tree.samples[0]!,
    periodNano: set.periodNano,
    startUnixNano: String(set.startUnixNano),
    endUnixNano: String(set.endUnixNano),
    truncated: tree.truncated,
    frames,
    nodes: {
      frame,
      parent: tree.parent,
      self: tree.self,
      total: tree.total,
      samples: tree.samples,
      ...(highlight.length > 0 ? { highlighted: frame.map((id) => marked[id]!) } : {}),
    },
  };
}
