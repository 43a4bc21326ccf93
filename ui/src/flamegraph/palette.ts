// One colour per package: own code, Node.js and V8, GC, then the dependencies by their self time.
import type { Frame } from "../api/types.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

/** Names of design tokens, without the dashes. */
export type PackageColour = "p-root" | "p-own" | "p-runtime" | "p-gc" | "p-1" | "p-2" | "p-3" | "p-4" | "p-5";

const unnamed = "unnamed package";
const forDependencies = ["p-1", "p-2", "p-3", "p-4", "p-5"] as const;

export interface Palette {
  /** Per frame index. */
  readonly colour: readonly PackageColour[];
  /** Per node, where a colour says something else than the package: a design token without its dashes. */
  readonly ofNode?: readonly string[];
  readonly legend: readonly { readonly colour: PackageColour; readonly words: string }[];
}

/** Name of a design token, without the dashes. */
export function colourOf(palette: Palette, tree: FlameTree, node: number): string {
  return palette.ofNode?.[node] ?? palette.colour[at(tree.frame, node)] ?? "p-runtime";
}

/** How much time is each dependency's own: the order in which they take colours. */
function packageSizes(tree: FlameTree): ReadonlyMap<string, number> {
  const size = new Map<string, number>();
  for (let i = 1; i < tree.length; i++) {
    const frame = frameOf(tree, i);
    if (frame.kind !== "dependency") continue;
    const name = frame.package ?? unnamed;
    size.set(name, (size.get(name) ?? 0) + at(tree.self, i));
  }
  return size;
}

/** The frames of a part of `whole`, or of another reading of it, in the colours they have there. Its root is a function too. */
export function paletteLike(tree: FlameTree, whole: FlameTree): Palette {
  const colour = packageColours(packageSizes(whole));
  return { colour: tree.profile.frames.map(colour), legend: [] };
}

/** The root is what was selected, not a function: it is grey and counts for no package. */
export function paletteOf(tree: FlameTree, ownName: string): Palette {
  const { frames } = tree.profile;
  const size = packageSizes(tree);
  const kinds = new Set<Frame["kind"]>();
  for (let i = 1; i < tree.length; i++) kinds.add(frameOf(tree, i).kind);
  const ranked = rankPackages(size);
  const packageColour = packageColours(size);
  const rootFrame = tree.length > 0 ? at(tree.frame, 0) : -1;
  const colour = frames.map(
    (frame, index): PackageColour => (index === rootFrame ? "p-root" : packageColour(frame)),
  );

  const legend: { colour: PackageColour; words: string }[] = [];
  if (kinds.has("app")) legend.push({ colour: "p-own", words: `${ownName} (own code)` });
  if (kinds.has("node") || kinds.has("v8") || kinds.has("native") || kinds.has("runtime")) {
    legend.push({ colour: "p-runtime", words: "Node.js and V8" });
  }
  if (kinds.has("gc")) legend.push({ colour: "p-gc", words: "GC" });
  ranked.slice(0, 4).forEach((name, rank) => {
    legend.push({ colour: forDependencies[rank] ?? "p-5", words: name });
  });
  if (ranked.length === 5) legend.push({ colour: "p-5", words: ranked[4] ?? "" });
  if (ranked.length > 5) legend.push({ colour: "p-5", words: `${ranked.length - 4} other packages` });
  return { colour, legend };
}

const rankPackages = (size: ReadonlyMap<string, number>): readonly string[] =>
  [...size.keys()].sort((a, b) => (size.get(b) ?? 0) - (size.get(a) ?? 0) || (a < b ? -1 : 1));

/** The colour of any frame, from the self time of each dependency. */
export function packageColours(
  size: ReadonlyMap<string, number>,
): (frame: Pick<Frame, "kind" | "package">) => PackageColour {
  // The last colour is shared where there are more packages than colours.
  const own = new Map<string, PackageColour>();
  rankPackages(size).forEach((name, rank) => own.set(name, forDependencies[Math.min(rank, 4)] ?? "p-5"));
  return (frame) => {
    switch (frame.kind) {
      case "app":
        return "p-own";
      case "dependency":
        return own.get(frame.package ?? unnamed) ?? "p-5";
      case "gc":
        return "p-gc";
      case "node":
      case "v8":
      case "native":
      case "runtime":
        return "p-runtime";
    }
  };
}
