// How well a span was seen, in words that need no knowledge of how profilers work.
import type { Ledger } from "../api/ledger-types.ts";
import { count, counted, ms, msUnit } from "../lib/format.ts";

type Coverage = Ledger["coverage"];

/** Sentences, the most telling first. */
export function exactness(coverage: Coverage): readonly string[] {
  const { periodNano, ticks, expectedTicks, clockErrorNano } = coverage;
  const due = Math.max(ticks, expectedTicks);
  return [
    `The thread was looked at every ${msUnit(periodNano)} while it worked: ` +
      (due > ticks
        ? `${count(ticks)} of ${counted(due, "time")}, the others were missed.`
        : `${counted(ticks, "time")}, none was missed.`),
    edges(coverage),
    ...(clockErrorNano > 0
      ? [`The clocks of spans and samples agree to within ${msUnit(clockErrorNano)}.`]
      : []),
    "Each number has the interval in which it lies with 95 % certainty.",
  ];
}

/** How it is known when work on the thread began and ended. */
function edges({ method, periodNano }: Coverage): string {
  switch (method) {
    case "journal":
      return "When longer work on the thread began and ended was written down as it happened.";
    case "quiet":
      return "When the thread fell asleep and woke is known, what it did meanwhile only from those looks.";
    case "ticks":
      return `When work on the thread began and ended is known from those looks alone, to ${ms(periodNano)} ms.`;
  }
}
