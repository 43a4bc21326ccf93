// The classes of the ledger in words and colours, in the order in which ledgers under each other show them.
import type { LedgerClass, WaitPart } from "../api/ledger-types.ts";

interface ClassWords {
  readonly long: string;
  /** Inside a bar, after its milliseconds. */
  readonly bar: string;
  /** In the legend of many bars. */
  readonly legend: string;
}

const words: Readonly<Record<LedgerClass, ClassWords>> = {
  "cpu.self": { long: "Own code on CPU", bar: "own code on CPU", legend: "own code" },
  "cpu.child": { long: "Child spans’ code on CPU", bar: "children’s code", legend: "children’s code" },
  "blocked.sync": { long: "Blocked in a synchronous call", bar: "blocked, sync call", legend: "blocked" },
  gc: { long: "Garbage collection", bar: "GC", legend: "GC" },
  runtime: { long: "Node.js runtime", bar: "runtime", legend: "runtime" },
  "loop.held": { long: "Loop held by other work", bar: "loop held by other work", legend: "loop held" },
  "wait.child": { long: "Waiting for a child span", bar: "child spans", legend: "waiting for child" },
  "wait.pool": { long: "Waiting for the thread pool", bar: "thread pool", legend: "thread pool" },
  "wait.other": { long: "Waiting for something else", bar: "waiting", legend: "waiting" },
  stalled: { long: "Stalled: ready, but given no CPU", bar: "stalled", legend: "stalled" },
  unprofiled: { long: "Unprofiled", bar: "unprofiled", legend: "unprofiled" },
};

export const classOrder = Object.keys(words) as readonly LedgerClass[];

export const isLedgerClass = (text: string): text is LedgerClass => Object.hasOwn(words, text);

// A class this build does not know (a newer server) is shown under its own name, in the colour of the unknown.
const known = (name: LedgerClass): ClassWords | undefined => (isLedgerClass(name) ? words[name] : undefined);

export const classWords = (name: LedgerClass): string => known(name)?.long ?? name;
export const barWords = (name: LedgerClass): string => known(name)?.bar ?? name;
export const legendWords = (name: LedgerClass): string => known(name)?.legend ?? name;

/** `c-loop-held`: sets the fill and its text colour (ledger.css). */
export const classCss = (name: LedgerClass): string =>
  `c c-${isLedgerClass(name) ? name.replace(".", "-") : "unprofiled"}`;

/** The name of the colour token, for drawings on canvas. */
export const classToken = (name: LedgerClass): string =>
  `--c-${isLedgerClass(name) ? name.replace(".", "-") : "unprofiled"}`;

const partNames: Readonly<Record<WaitPart, string>> = {
  remote: "Remote work",
  network: "Network",
  overlapped: "Overlapped, delayed nothing",
  loop_return: "Loop lag on return",
};

export const partWords = (part: WaitPart): string => (partNames as Record<string, string>)[part] ?? part;
