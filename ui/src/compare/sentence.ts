// The one sentence on top of a comparison.
import type { CompareAnswer } from "../api/types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { frameOf } from "../flamegraph/tree.ts";
import type { ProfileType } from "../state/selection.ts";
import { changeOf, changePlace, type DiffTree } from "./diff.ts";
import type { DiffUnit } from "./units.ts";

const nouns: Readonly<Record<ProfileType, string>> = {
  cpu: "CPU",
  wall: "time in code",
  heap_inuse: "heap",
  heap_alloc: "allocation",
  loop_hold: "delay to others",
};

// Of a whole a change of less than this is none worth a sentence.
const leastChange = 0.01;

/**
 * @param whose the endpoint or the service that both sides are of
 * @param where what the other side is, e.g. `in version 1.1.0`
 */
export function diffSentence(
  answer: CompareAnswer,
  diff: DiffTree,
  unit: DiffUnit,
  words: { readonly whose: string; readonly where: string; readonly type: ProfileType },
): readonly SentencePart[] {
  const { whose, where, type } = words;
  if (!answer.functions.some(({ significant }) => significant)) {
    const judged = answer.functions.some(({ p }) => p !== null);
    return [
      judged
        ? `No function of ${whose} differs by more than chance.`
        : `Too few samples to tell a change of ${whose} from chance.`,
    ];
  }
  const per = unit.per === "" ? "" : ` ${unit.per}`;
  if (unit.per === "") return shares(answer, unit, whose, where);
  const whole = changeOf(diff, 0);
  const most = Math.max(diff.base.total[0] ?? 0, diff.other.total[0] ?? 0);
  const noun = nouns[type];
  if (Math.abs(whole) < leastChange * most) {
    return [`${whose} uses as much ${noun}${per} ${where}`, ...largest(answer, unit)];
  }
  const head: readonly SentencePart[] = [
    `${whose} uses `,
    { strong: unit.amount(whole) },
    ` ${whole > 0 ? "more" : "less"} ${noun}${per} ${where}`,
  ];
  const place = changePlace(diff);
  if (place === undefined) return [...head, ", spread over many functions."];
  const added =
    place.added === undefined ? "" : `, which now calls ${frameOf(diff.tree, place.added).function}`;
  return [
    ...head,
    ": ",
    { strong: unit.amount(place.delta) },
    ` of it under ${frameOf(diff.tree, place.node).function}${added}.`,
  ];
}

/** Shares sum to one on both sides: there is no more or less of all. */
function shares(
  answer: CompareAnswer,
  unit: DiffUnit,
  whose: string,
  where: string,
): readonly SentencePart[] {
  return [`Of ${whose}, ${where}`, ...largest(answer, unit)];
}

/** The largest change each way that is more than chance. */
function largest(answer: CompareAnswer, unit: DiffUnit): readonly SentencePart[] {
  const real = answer.functions.filter(({ significant }) => significant);
  const more = real.find(({ delta }) => delta > 0);
  const less = real.find(({ delta }) => delta < 0);
  const parts: SentencePart[] = [];
  if (more !== undefined)
    parts.push(`: ${more.function} takes `, { strong: unit.amount(more.delta) }, " more");
  if (less !== undefined) {
    parts.push(
      `${more === undefined ? ":" : ","} ${less.function} `,
      { strong: unit.amount(less.delta) },
      " less",
    );
  }
  return [...parts, "."];
}
