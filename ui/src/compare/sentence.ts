// The one sentence on top of a comparison.
import type { CompareAnswer } from "../api/types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { filterText, frameOf } from "../flamegraph/tree.ts";
import type { ProfileType } from "../state/selection.ts";
import { functionWords } from "../text/function-words.ts";
import { callerOf, changeOf, changePlace, type DiffTree } from "./diff.ts";
import { type FunctionChange, keyOf } from "./rows.ts";
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
    const judged = answer.functions.some(({ tested }) => tested);
    return [
      judged
        ? `No function of ${whose} differs by more than chance.`
        : `Too few samples to tell a change of ${whose} from chance.`,
    ];
  }
  const per = unit.per === "" ? "" : ` ${unit.per}`;
  if (unit.per === "") return shares(answer, diff, unit, whose, where);
  const whole = changeOf(diff, 0);
  const most = Math.max(diff.base.total[0] ?? 0, diff.other.total[0] ?? 0);
  const noun = nouns[type];
  if (Math.abs(whole) < leastChange * most) {
    return [`${whose} uses as much ${noun}${per} ${where}`, ...largest(answer, diff, unit)];
  }
  const head: readonly SentencePart[] = [
    `${whose} uses `,
    { strong: unit.amount(whole) },
    ` ${whole > 0 ? "more" : "less"} ${noun}${per} ${where}`,
  ];
  const place = changePlace(diff);
  if (place === undefined) return [...head, ", spread over many functions."];
  const added =
    place.added === undefined
      ? ""
      : `, which now calls ${functionWords(frameOf(diff.tree, place.added)).sentence}`;
  return [
    ...head,
    ": ",
    { strong: unit.amount(place.delta) },
    ` of it in ${functionWords(frameOf(diff.tree, place.node)).sentence}${added}.`,
  ];
}

/** Shares sum to one on both sides: there is no more or less of all. */
function shares(
  answer: CompareAnswer,
  diff: DiffTree,
  unit: DiffUnit,
  whose: string,
  where: string,
): readonly SentencePart[] {
  return [`Of ${whose}, ${where}`, ...largest(answer, diff, unit)];
}

/** The largest change each way that is more than chance. */
function largest(answer: CompareAnswer, diff: DiffTree, unit: DiffUnit): readonly SentencePart[] {
  const real = answer.functions.flatMap((row) => {
    const name = row.significant ? nameOf(row, diff) : undefined;
    return name === undefined ? [] : [{ name, delta: row.delta }];
  });
  const more = real.find(({ delta }) => delta > 0);
  const less = real.find(({ delta }) => delta < 0);
  const parts: SentencePart[] = [];
  if (more !== undefined) parts.push(`: ${more.name} takes `, { strong: unit.amount(more.delta) }, " more");
  if (less !== undefined) {
    parts.push(
      `${more === undefined ? ":" : ","} ${less.name} `,
      { strong: unit.amount(less.delta) },
      " less",
    );
  }
  return [...parts, "."];
}

/** A function as a reader can find it: one of Node.js or V8 by the code that calls it; undefined where none does. */
function nameOf(row: FunctionChange, diff: DiffTree): string | undefined {
  const { sentence } = functionWords(row);
  if (row.kind === "app" || row.kind === "dependency" || row.kind === "gc") return sentence;
  const key = keyOf(row);
  let most = 0;
  for (let node = 1; node < diff.tree.length; node++) {
    if (filterText(frameOf(diff.tree, node)) !== key) continue;
    if (most === 0 || Math.abs(changeOf(diff, node)) > Math.abs(changeOf(diff, most))) most = node;
  }
  const caller = most === 0 ? 0 : callerOf(diff, most);
  if (caller === 0) return undefined;
  const by = frameOf(diff.tree, caller).function;
  return sentence === row.function ? `${sentence} in ${by}` : functionWords(row, by).sentence;
}
