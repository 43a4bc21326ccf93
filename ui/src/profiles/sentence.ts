// The one sentence on top of the profiles: how much, and where most of it went.
import type { SentencePart } from "../components/Sentence.tsx";
import { valueWords } from "../flamegraph/describe.ts";
import { functionsOf, sortFunctions } from "../flamegraph/functions.ts";
import { hotPlace, hotPlaceWords } from "../flamegraph/hotpath.ts";
import type { FlameTree } from "../flamegraph/tree.ts";
import { bytes, duration, percent } from "../lib/format.ts";
import type { ProfileType } from "../state/selection.ts";
import { functionWords } from "../text/function-words.ts";
import { rateOf, rateWords } from "./series.ts";

/** `whose` is the service or the endpoint; `forMs` how long was sampled, where that is known. */
export function profileSentence(
  type: ProfileType,
  whose: string,
  tree: FlameTree,
  forMs: number | undefined,
): readonly SentencePart[] {
  const { total } = tree.profile;
  if (!(total > 0)) return [noneWords(type, whose)];
  return [...amount(type, whose, total, forMs), ...where(tree)];
}

function amount(
  type: ProfileType,
  whose: string,
  total: number,
  forMs: number | undefined,
): readonly SentencePart[] {
  switch (type) {
    case "cpu":
      return forMs === undefined
        ? [`${whose} used `, { strong: duration(total) }, " of CPU time"]
        : [`${whose} used `, { strong: rateWords("cpu", rateOf("cpu", total, forMs)) }];
    case "wall":
      return [`${whose} spent `, { strong: duration(total) }, " in code"];
    case "heap_inuse":
      return [`${whose} held `, { strong: bytes(total) }];
    case "heap_alloc":
      return [`${whose} allocated `, { strong: bytes(total) }];
    case "loop_hold":
      return [`${whose} delayed others by `, { strong: duration(total) }];
  }
}

function noneWords(type: ProfileType, whose: string): string {
  switch (type) {
    case "cpu":
      return `${whose} was seen using no CPU.`;
    case "wall":
      return `${whose} was seen in no code.`;
    case "heap_inuse":
    case "heap_alloc":
      return `${whose} sent no heap profile.`;
    case "loop_hold":
      return `${whose} was not seen delaying anyone.`;
  }
}

function where(tree: FlameTree): readonly SentencePart[] {
  const { total } = tree.profile;
  const hot = hotPlace(tree);
  if (hot !== undefined) {
    return [": ", { strong: percent(hot.total / total, 0) }, ` of it under ${hotPlaceWords(hot)}.`];
  }
  const top = sortFunctions(functionsOf(tree), "self")[0];
  if (top === undefined || top.self < 0.05 * total) return [", spread over many functions."];
  return [
    ", spread over many functions, the most in ",
    `${functionWords(top.frame).sentence} (${percent(top.self / total, 0)}).`,
  ];
}

const most: Readonly<Record<ProfileType, string>> = {
  cpu: "uses the most CPU",
  wall: "runs the most code",
  heap_inuse: "holds the most memory",
  heap_alloc: "allocates the most",
  loop_hold: "delays others the most",
};

/** Across services: who uses most. */
export function fleetSentence(
  type: ProfileType,
  top: { readonly name: string; readonly rate: number } | undefined,
  all: number,
): readonly SentencePart[] {
  if (top === undefined || !(all > 0))
    return [`No service was ${type === "loop_hold" ? "seen delaying others" : "profiled"} in this time.`];
  return [
    `${top.name} ${most[type]}: `,
    { strong: rateWords(type, top.rate) },
    ` of ${rateWords(type, all)}.`,
  ];
}

/** A value of the profile for facts: `4.2 min`, `1.2 GiB`. */
export function totalWords(tree: FlameTree): string {
  const { unit, total } = tree.profile;
  return unit === "nanoseconds" ? duration(total) : valueWords(unit, total);
}
