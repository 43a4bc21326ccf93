// The answer of a root cause as what is drawn: two bars, ranked rows, a sentence with its colours. Pure.
import type { Contribution, LedgerClass, RootCause } from "../api/ledger-types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { classOrder, classWords } from "../ledger/classes.ts";

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

export interface CauseWords {
  readonly before?: string;
  readonly strong: string;
  readonly after?: string;
  /** Where it is, or what kind of time it was. */
  readonly sub: string | undefined;
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
        sub: [one.childService, one.childKind].filter(Boolean).join(" · ") || undefined,
      };
    case "endpoint":
    case "blame": {
      const holder = one.endpoint || undefined;
      const sub = [holder === undefined ? undefined : one.function, place].filter(Boolean).join(" · ");
      return {
        strong: holder ?? one.function ?? workWords(one.blame),
        after: " held the loop",
        sub: sub || undefined,
      };
    }
    case "function":
      return {
        strong: one.function ?? classWords(one.class),
        ...(one.caller === undefined || one.ownCode === true ? {} : { after: ` in ${one.caller}` }),
        sub: place ?? classWords(one.class),
      };
  }
}

function placeOf(one: Contribution): string | undefined {
  if (one.file === undefined || one.file === null) return one.package ?? undefined;
  return one.line === undefined || one.line === null ? one.file : `${one.file}:${one.line}`;
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
