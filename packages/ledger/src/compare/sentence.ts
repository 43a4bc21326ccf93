import type { LedgerClass } from "../types.ts";
import { isNameless } from "./frames.ts";
import type { Contribution, RootCauseAnswer, SentencePart } from "./result.ts";

/** How a side was chosen, as in the request; `from` and `to` in unix ms. */
export interface SideSelection {
  readonly percentile?: number | readonly [number, number] | undefined;
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Selections {
  readonly slow: SideSelection;
  readonly baseline: SideSelection;
}

const CAUSES = 3;

const classWords: Readonly<Record<LedgerClass, string>> = {
  "cpu.self": "own code on CPU",
  "cpu.child": "child spans’ code on CPU",
  "blocked.sync": "blocked in a synchronous call",
  gc: "GC",
  runtime: "Node.js runtime",
  "loop.held": "the loop was held by other work",
  "wait.child": "waiting for a child span",
  "wait.pool": "waiting for the thread pool",
  "wait.other": "waiting for something else",
  stalled: "ready, but given no CPU",
  unprofiled: "unprofiled",
};
/** Of a class whose largest parts have rows of their own. */
const restWords: Partial<Readonly<Record<LedgerClass, string>>> = {
  "cpu.self": "own code in other functions",
  "cpu.child": "child spans’ code in other functions",
  "blocked.sync": "blocked in other synchronous calls",
  "loop.held": "the loop was held by others",
  "wait.child": "waiting for other child spans",
};

/** V8 calls a compiled regular expression by its source, which says nothing when read aloud; the table shows it. */
function nameOf(name: string): string {
  if (name.startsWith("RegExp: ")) return "a regular expression";
  return isNameless({ function: name }) ? "an unnamed function" : name;
}

function causeWords(one: Contribution): string {
  if (one.level === "class")
    return (one.rest === undefined ? undefined : restWords[one.class]) ?? classWords[one.class];
  // Where it stood when the CPU was taken away is not why.
  if (one.class === "gc" || one.class === "stalled") return classWords[one.class];
  // Client spans are often named by their method alone: what tells them apart is whose they are.
  if (one.child !== undefined)
    return `waiting for ${one.child}${typeof one.childService === "string" ? ` in ${one.childService}` : ""}`;
  if (one.class === "loop.held") {
    if (one.endpoint !== undefined) return `the loop was held by ${one.endpoint}`;
    if (one.function !== undefined) return `the loop was held by ${nameOf(one.function)}`;
    if (one.blame === "gc") return "the loop was held by GC";
    if (one.blame === "runtime") return "the loop was held by the Node.js runtime";
    return "the loop was held by work of no request";
  }
  const code = one.function === undefined ? classWords[one.class] : nameOf(one.function);
  // Own code needs no place: its name is known to who reads this.
  const known = one.ownCode === true && code === one.function;
  const place = one.caller === undefined || known ? code : `${code} in ${nameOf(one.caller)}`;
  return one.class === "blocked.sync" ? `blocked in ${place}` : place;
}

/** Whole ms. */
function inMs(nano: number): number {
  return Math.round(Math.abs(nano) / 1e6);
}

function grouped(n: number): string {
  return n.toLocaleString("en-US");
}

/** "p95", "the median", "spans of 620–1,400 ms". */
function durationsOf({ percentile, minMs, maxMs }: SideSelection): string {
  if (typeof percentile === "number") return percentile === 50 ? "the slower half" : `p${percentile}`;
  if (percentile !== undefined) {
    const [low, high] = percentile;
    return low + high === 100 ? "the median" : `p${low}–p${high}`;
  }
  if (minMs !== undefined && maxMs !== undefined)
    return `spans of ${grouped(Math.round(minMs))}–${grouped(Math.round(maxMs))} ms`;
  if (minMs !== undefined) return `spans of ${grouped(Math.round(minMs))} ms and more`;
  if (maxMs !== undefined) return `spans of up to ${grouped(Math.round(maxMs))} ms`;
  return "";
}

function sideWords(side: SideSelection, other: SideSelection): string {
  if (side.version !== undefined && side.version !== other.version) return `version ${side.version}`;
  if (side.instance !== undefined && side.instance !== other.instance)
    return `instance ${side.instance.slice(0, 8)}`;
  const durations = durationsOf(side);
  if (durations !== "") return durations;
  if (side.version !== undefined) return `version ${side.version}`;
  if (side.instance !== undefined) return `instance ${side.instance.slice(0, 8)}`;
  return "the other spans";
}

function clock(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(11, 16)} UTC`;
}

function capital(text: string): string {
  return /^p\d/.test(text) ? text : text[0]!.toUpperCase() + text.slice(1);
}

function headline(excessNano: number, { slow, baseline }: Selections): string {
  const over = excessNano < 0 ? "under" : "over";
  const more = excessNano < 0 ? "less" : "more";
  const amount = inMs(excessNano) === 0 ? "less than 1 ms" : `${grouped(inMs(excessNano))} ms`;
  const plain = (side: SideSelection): boolean =>
    side.version === undefined && side.instance === undefined && durationsOf(side) === "";
  if (plain(slow) && plain(baseline) && slow.from !== undefined && baseline.from !== undefined) {
    const later = slow.from >= baseline.from;
    return `${later ? "After" : "Before"} ${clock(later ? slow.from : (slow.to ?? baseline.from))}, spans took ${amount} ${more} than ${later ? "before" : "after"}`;
  }
  const subject = sideWords(slow, baseline);
  const verb = subject.startsWith("spans") || subject === "the other spans" ? "were" : "is";
  return `${capital(subject)} ${verb} ${amount} ${over} ${sideWords(baseline, slow)}`;
}

/** The computed sentence in pieces; at most three causes, all in the direction of the excess. */
export function sentenceOf(
  answer: Pick<RootCauseAnswer, "excessNano" | "contributions">,
  selections: Selections,
): SentencePart[] {
  const significant = answer.contributions.filter((one) => (one.rest ?? one).significant);
  if (significant.length === 0) return [{ text: "No class differs by more than chance." }];
  const less = answer.excessNano < 0;
  const causes = new Map<string, { nano: number; class: LedgerClass }>();
  for (const one of significant) {
    const nano = (one.rest ?? one).deltaNano;
    if (nano < 0 !== less) continue;
    const words = causeWords(one);
    const known = causes.get(words);
    if (known === undefined) causes.set(words, { nano, class: one.class });
    else known.nano += nano;
  }
  // Two rows that read alike, as of one request's functions, are one cause, and larger than either.
  const named = [...causes]
    .filter(([, { nano }]) => inMs(nano) > 0)
    .toSorted(([, a], [, b]) => Math.abs(b.nano) - Math.abs(a.nano))
    .slice(0, CAUSES);
  const parts: SentencePart[] = [{ text: headline(answer.excessNano, selections) }];
  named.forEach(([words, cause], i) => {
    parts.push(
      { text: i === 0 ? ": " : ", " },
      {
        text: `${grouped(inMs(cause.nano))} ms ${less ? "less " : ""}${words}`,
        class: cause.class,
      },
    );
  });
  parts.push({ text: "." });
  return parts;
}

/** One computed sentence, as in "p95 is 812 ms over the median: 540 ms JSON.parse in readBasket, 60 ms GC." */
export function sentence(
  answer: Pick<RootCauseAnswer, "excessNano" | "contributions">,
  selections: Selections,
): string {
  return sentenceOf(answer, selections)
    .map((part) => part.text)
    .join("");
}
