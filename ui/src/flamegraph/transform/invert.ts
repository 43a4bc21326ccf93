// The tree from the other end: which functions took the time, and who called them.
import type { Profile } from "../../api/types.ts";
import { at } from "../tree.ts";
import { functionKey } from "./step.ts";
import { firstOfFunction } from "./transform.ts";
import { ownSamples, TreeWriter } from "./writer.ts";

/**
 * Under the root the functions by their own time, under each its callers. A node's total is the time that was taken
 * at the bottom of this way of calls; its self is the part of it whose stack began here.
 */
export function invert(profile: Profile): Profile {
  const { nodes } = profile;
  const own = ownSamples(profile);
  return climb(profile, function* () {
    for (let node = 1; node < nodes.frame.length; node++) {
      const self = at(nodes.self, node);
      const samples = at(own, node);
      if (self > 0 || samples > 0) yield { node, value: self, samples };
    }
  });
}

/**
 * Under the root the function with all its time, under it its callers. A call within a call is its outer call's time,
 * so each part is counted once.
 */
export function callersOf(profile: Profile, key: string): Profile {
  const { nodes } = profile;
  const inside = new Uint8Array(nodes.frame.length);
  return climb(profile, function* () {
    for (let node = 1; node < nodes.frame.length; node++) {
      const frame = profile.frames[at(nodes.frame, node)];
      const above = at(inside, at(nodes.parent, node)) === 1;
      const called = frame !== undefined && functionKey(frame) === key;
      inside[node] = above || called ? 1 : 0;
      if (called && !above) yield { node, value: at(nodes.total, node), samples: at(nodes.samples, node) };
    }
  });
}

// A share that is a tenth of a pixel in the widest of drawings. Callers of less are not followed: read backwards, a tree of
// 100,000 nodes would have two million, and nobody would see them.
const leastShare = 1 / 20_000;

interface Start {
  readonly node: number;
  readonly value: number;
  readonly samples: number;
}

/** From many nodes up to the root at once, a level after the other; what ends up in one place is one node. */
function climb(profile: Profile, starts: () => Iterable<Start>): Profile {
  const { nodes } = profile;
  const first = firstOfFunction(profile.frames);
  const writer = new TreeWriter(at(nodes.frame, 0));
  const least = profile.total * leastShare;
  let cut = false;
  // Places of the new tree with the nodes that have come there.
  let level: [place: number, arrived: Start[]][] = [[0, [...starts()]]];
  for (let depth = 0; level.length > 0; depth++) {
    const next: typeof level = [];
    for (const [place, arrived] of level) {
      const above = new Map<number, Start[]>();
      const small = depth > 0 && arrived.reduce((sum, { value }) => sum + value, 0) < least;
      for (const one of arrived) {
        // The root is no function.
        if (one.node <= 0 || small) {
          cut ||= one.node > 0;
          writer.add(place, one.value, one.samples);
          continue;
        }
        const to = writer.child(place, at(first, at(nodes.frame, one.node)));
        if (nodes.highlighted?.[one.node] === true) writer.highlighted[to] = true;
        const moved = { ...one, node: at(nodes.parent, one.node) };
        const there = above.get(to);
        if (there === undefined) above.set(to, [moved]);
        else there.push(moved);
      }
      for (const entry of above) next.push(entry);
    }
    level = next;
  }
  const result = writer.profile(profile, profile.frames);
  return cut ? { ...result, truncated: true } : result;
}
