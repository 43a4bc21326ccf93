// What took the time, as the clauses of the sentence on top of a page.
import type { Ledger, LedgerRow } from "../api/ledger-types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { duration } from "../lib/format.ts";
import { functionWords } from "../text/function-words.ts";
import { heldByName, type Own } from "./holders.ts";

interface Cause {
  readonly class: LedgerRow["class"];
  readonly nano: number;
  readonly words: string;
}

/** The function most own samples fell into, from the profile: `JSON.parse in readBasket`. */
export interface HotWords {
  readonly words: string;
  readonly nano: number;
}

// A part of a row is named alone only where it is most of the row.
const mostOf = 0.5;
// Below, one of many is no answer.
const partOf = 0.2;
const worthSaying = 0.05;

function causeOf(row: LedgerRow, ledger: Ledger, hot: HotWords | undefined, own: Own | undefined): Cause {
  const plain = (words: string): Cause => ({ class: row.class, nano: row.nano, words });
  const top = row.top?.[0];
  const inside = top !== undefined && top.nano >= mostOf * row.nano ? top : undefined;
  switch (row.class) {
    case "cpu.self":
      // The profile counts ticks, the ledger time: only where both agree may one stand for the other.
      if (hot !== undefined && hot.nano >= mostOf * row.nano && hot.nano <= row.high) {
        return { class: row.class, nano: Math.min(hot.nano, row.nano), words: hot.words };
      }
      return inside === undefined
        ? plain("its own code on the CPU")
        : { class: row.class, nano: inside.nano, words: functionWords(inside.frame).sentence };
    case "cpu.child":
      return plain("its child spans’ code on the CPU");
    case "blocked.sync":
      return plain(
        inside === undefined
          ? "blocked in a synchronous call"
          : `blocked in ${functionWords(inside.frame).sentence}`,
      );
    case "gc":
      return plain("garbage collection");
    case "runtime":
      return plain("in the Node.js runtime");
    case "loop.held": {
      const [most, ...others] = heldByName(ledger.blame, own);
      if (most === undefined || most.nano < partOf * row.nano)
        return plain("with the loop held by other work");
      if (most.nano < mostOf * row.nano) {
        const next = others[0] !== undefined && others[0].nano >= partOf * row.nano ? others[0] : undefined;
        const names = next === undefined ? most.name : `${most.name}, ${next.name}`;
        return plain(`with the loop held by ${names} and others`);
      }
      return {
        class: row.class,
        nano: Math.min(most.nano, row.nano),
        words: `with the loop held by ${most.name}`,
      };
    }
    case "wait.child": {
      // Where most of it was the child's own work, the loop's part in it is left out: it delayed nothing.
      const waited = row.parts
        ?.filter((part) => part.class === "remote" || part.class === "network")
        .reduce((sum, part) => sum + part.nano, 0);
      const open = ledger.children.reduce((sum, child) => sum + child.openNano, 0);
      const child = ledger.children.find((one) => one.openNano >= 0.8 * open && open > 0);
      const words = child === undefined ? "waiting for child spans" : `waiting for ${child.name}`;
      return waited === undefined || waited < mostOf * row.nano
        ? plain(words)
        : { class: row.class, nano: waited, words };
    }
    case "wait.pool":
      return plain("waiting for the thread pool");
    case "wait.other":
      return plain("waiting for something else");
    case "stalled":
      return plain("ready, but given no CPU");
    case "unprofiled":
      return plain("not profiled");
  }
}

/** The causes worth a clause, the largest first, at most three. `own`: whose time it is. */
export function causesOf(ledger: Ledger, hot?: HotWords, own?: Own): readonly Cause[] {
  return ledger.rows
    .map((row) => causeOf(row, ledger, hot, own))
    .filter((cause) => cause.nano >= worthSaying * ledger.durationNano)
    .toSorted((a, b) => b.nano - a.nano)
    .slice(0, 3);
}

/** `: 546 ms JSON.parse in readBasket, 191 ms …`; empty where nothing stands out. */
export function causeParts(causes: readonly Cause[]): readonly SentencePart[] {
  return causes.flatMap((cause, index): SentencePart[] => [
    index === 0 ? ": " : ", ",
    { strong: duration(cause.nano), mark: cause.class },
    ` ${cause.words}`,
  ]);
}
