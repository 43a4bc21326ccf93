// The answer of a root cause as what is drawn: two bars, ranked rows, a sentence with its colours. Pure.
import type { Contribution, LedgerClass, RootCause } from "../api/ledger-types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { classOrder, classWords } from "../ledger/classes.ts";
import { isCode } from "../ledger/frames.ts";
import { type FunctionWords, functionWords } from "../text/function-words.ts";

/** Contributions of whole classes: these sum to the excess. */
export const classLevel = (answer: RootCause): readonly Contribution[] =>
  answer.contributions.filter((one) => one.level === "class");

/** Both bars in one order: what may be alike first, the causes at the right end, the largest of them first. */
export function barOrder(answer: RootCause): readonly Contribution[] {
  const place = (name: LedgerClass): number => classOrder.indexOf(name);
  return classLevel(answer).toSorted((a, b) => {
    if (a.significant !== b.significant) return a.significant ? 1 : -1;
    const bySize = a.significant ? Math.abs(b.deltaNano) - Math.abs(a.deltaNano) : 0;
    return bySize || place(a.class) - place(b.class);
  });
}

export interface CauseRow {
  readonly of: Contribution;
  /** Of a class with parts in the list only what they leave of it, so that all rows together are the excess. */
  readonly difference: NonNullable<Contribution["rest"]>;
  /** Significant rows are numbered. */
  readonly number: number | undefined;
}

export function causeRows(answer: RootCause): readonly CauseRow[] {
  let number = 0;
  return answer.contributions
    .toSorted((a, b) => a.rank - b.rank)
    .map((one) => {
      const difference = one.rest ?? one;
      return { of: one, difference, number: difference.significant ? ++number : undefined };
    });
}

// Of the excess: what is certain but smaller than this explains nothing.
const leastShare = 0.01;
const mostChance = 16;

/** The rows in the order they stand, and those that are folded into one until they are asked for. */
export interface CauseGroups {
  readonly ranked: readonly CauseRow[];
  readonly small: readonly CauseRow[];
  readonly chance: readonly CauseRow[];
  readonly smallChance: readonly CauseRow[];
}

export function causeGroups(rows: readonly CauseRow[]): CauseGroups {
  const significant = rows.filter(({ number }) => number !== undefined);
  const chance = rows.filter(({ number }) => number === undefined);
  const isSmall = ({ difference }: CauseRow): boolean => Math.abs(difference.share) < leastShare;
  const small = significant.filter(isSmall);
  // A single one takes the same row with its name.
  const folds = small.length > 1;
  return {
    ranked: folds ? significant.filter((row) => !isSmall(row)) : significant,
    small: folds ? small : [],
    chance: chance.slice(0, mostChance),
    smallChance: chance.slice(mostChance),
  };
}

export interface CauseWords {
  readonly before?: string;
  readonly strong: string;
  readonly after?: string;
  /** What kind of time it was, and where: two kinds of one function's time are two rows. */
  readonly sub: string | undefined;
  /** All of `strong`, where that is cut. */
  readonly title?: string;
  /** File and line with the folders. */
  readonly path?: string | undefined;
  /** `strong` is code, not a name. */
  readonly mono?: boolean;
}

const restWords: Partial<Readonly<Record<LedgerClass, string>>> = {
  "cpu.self": "Own code, other functions",
  "cpu.child": "Child spans’ code, other functions",
  "blocked.sync": "Blocked in other synchronous calls",
  "loop.held": "Loop held by others",
  "wait.child": "Waiting for other child spans",
};

export function causeWords(one: Contribution): CauseWords {
  const place = placeOf(one);
  const kind = inWords[one.class] ?? lowerFirst(classWords(one.class));
  const sub = (...parts: readonly (string | null | undefined)[]): string =>
    [kind, ...parts].filter(Boolean).join(" · ");
  switch (one.level) {
    case "class":
      return {
        strong: (one.rest === undefined ? undefined : restWords[one.class]) ?? classWords(one.class),
        sub: undefined,
      };
    case "child":
      return {
        before: "Waiting for ",
        strong: one.child ?? "a child span",
        sub: sub(one.childService, one.childKind),
      };
    case "endpoint":
    case "blame": {
      const holder = one.endpoint || undefined;
      const code = one.function === undefined ? undefined : functionWords({ function: one.function });
      return {
        ...(holder === undefined && code !== undefined && isCode(one.function ?? "", one.file)
          ? named(code)
          : { strong: holder ?? workWords(one.blame) }),
        after: " held the loop",
        sub: sub(holder === undefined ? undefined : code?.short, place),
        path: pathOf(one),
      };
    }
    case "function":
      return {
        ...(one.function === undefined
          ? { strong: classWords(one.class) }
          : named(functionWords({ function: one.function }))),
        ...(one.caller === undefined || one.ownCode === true ? {} : { after: ` in ${one.caller}` }),
        sub: sub(place),
        path: pathOf(one),
      };
  }
}

const named = ({ short, mono, full }: FunctionWords): Pick<CauseWords, "strong" | "title" | "mono"> => ({
  strong: short,
  ...(mono ? { mono, title: full } : {}),
});

/** Where the class's own words do not read well before a place. */
const inWords: Partial<Readonly<Record<LedgerClass, string>>> = {
  "wait.child": "waiting for a child span",
  gc: "GC",
  "loop.held": "loop held",
  stalled: "ready, but given no CPU",
  runtime: "Node.js runtime",
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Short: beside the kind of time there is room for a file's name, not for its folders. */
function placeOf(one: Contribution): string | undefined {
  if (one.file === undefined || one.file === null) return one.package ?? undefined;
  const file = one.file.slice(one.file.lastIndexOf("/") + 1);
  return [one.package, one.line === undefined || one.line === null ? file : `${file}:${one.line}`]
    .filter(Boolean)
    .join(" · ");
}

/** With its folders. */
function pathOf({ file, line }: Contribution): string | undefined {
  if (file === undefined || file === null) return undefined;
  return line === undefined || line === null ? file : `${file}:${line}`;
}

function workWords(blame: string | undefined): string {
  if (blame === "gc") return "Garbage collection";
  return blame === "runtime" ? "The Node.js runtime" : "Work of no request";
}

/** The server's sentence with its numbers in bold, those of causes underlined in their class colour. */
export function markSentence(answer: RootCause): readonly SentencePart[] {
  return answer.sentenceParts
    .flatMap((part): SentencePart[] => {
      const match = /\d[\d,]*(?:\.\d+)? ms/.exec(part.text);
      if (match === null) return [part.text];
      const end = match.index + match[0].length;
      return [
        part.text.slice(0, match.index),
        part.class === undefined ? { strong: match[0] } : { strong: match[0], mark: part.class },
        part.text.slice(end),
      ];
    })
    .filter((part) => part !== "");
}

/** Traces to look at, those of the first causes first, each once. */
export function exampleTraces(answer: RootCause, most = 6): readonly string[] {
  const rows = causeRows(answer).toSorted(
    (a, b) => Number(b.number !== undefined) - Number(a.number !== undefined),
  );
  return [...new Set(rows.flatMap((row) => row.of.exampleTraceIds))].slice(0, most);
}
