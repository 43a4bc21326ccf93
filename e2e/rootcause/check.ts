// Holds an answer against what was planted. What counts, and why: README.md.
import type { Contribution, RootCause } from "@hotspan/query-api/types";
import type { Expected } from "./expected.ts";

/**
 * Undefined: right. Else what is wrong with it, in a few words.
 * @param others planted at the same time. They may stand first in fact, too, but then it is not right; it is said apart.
 */
export function wrongWith(
  { contributions }: RootCause,
  expected: Expected,
  others: readonly Expected[] = [],
): string | undefined {
  if (expected.class === undefined) return blamed(contributions, expected, others);
  const wrong = wrongFirst(contributions[0], expected);
  const ahead = others.find((other) => contributions[0] !== undefined && holds(contributions[0], other));
  if (wrong === undefined || ahead === undefined) return wrong;
  return wrongFirst(contributions[1], expected) === undefined ? `${BEHIND} \`${ahead.cause}\`` : wrong;
}

/** Begins what is said of an answer that has the cause second, behind another planted one that held the loop. */
export const BEHIND = "second, behind";

/** Whether that cause is what held the loop. */
function holds(one: Contribution, { endpoint, by }: Expected): boolean {
  return one.class === "loop.held" && one.level === "blame" && one.endpoint === (by?.endpoint ?? endpoint);
}

/** Classes of which the ledger names no function: who waits runs none, and who takes the CPU or fills the pool is not seen. */
export function isNamed(name: Expected["class"]): boolean {
  return name !== undefined && name !== "stalled" && !name.startsWith("wait.");
}

function names(
  { function: name, caller }: Contribution,
  { function: wanted, within = [] }: Expected,
): boolean {
  return [name, caller].some((one) => one !== undefined && (one === wanted || within.includes(one)));
}

function wrongFirst(first: Contribution | undefined, expected: Expected): string | undefined {
  if (first === undefined) return "nothing is listed";
  const shown = first.rest ?? first;
  if (!shown.significant || shown.deltaNano <= 0) return "nothing differs by more than chance";
  if (first.class !== expected.class) return `first is ${first.class}`;
  const { by, function: wanted, span, awaits } = expected;
  if (first.class === "loop.held") {
    if (first.level !== "blame") return "nobody is blamed";
    if (first.endpoint !== by?.endpoint)
      return `blames ${first.endpoint ?? `no request (${first.blame ?? "?"})`}`;
  }
  if (first.class === "wait.child") {
    // Whose child it is; what that did with the time is a question to it, which is asked, too.
    if (awaits !== undefined && first.childService !== awaits)
      return `the child is of ${first.childService ?? "nobody"}`;
    if (span !== undefined && first.child !== span) return `the child is ${first.child ?? "nobody"}`;
  }
  if (wanted === undefined || !isNamed(first.class) || names(first, expected)) return undefined;
  return `names ${first.function ?? "no function"}`;
}

/**
 * What delays nothing must not be named: neither a child that nobody waits for nor who computes meanwhile, nor may the
 * loop have been held by nobody in particular. Granted are the truth's few ms: now and then the work for one request meets
 * the end of another.
 */
function blamed(
  contributions: readonly Contribution[],
  { by, excessMs = [0, 0] }: Expected,
  others: readonly Expected[],
): string | undefined {
  const wrong = contributions.find((one) => {
    const { significant, deltaNano } = one.rest ?? one;
    if (!significant || deltaNano <= excessMs[1] * 1e6) return false;
    if (others.some((other) => other.class !== undefined && holds(one, other))) return false;
    if (by === undefined) return one.class === "wait.child";
    return one.class === "loop.held"
      ? one.endpoint === undefined || one.endpoint === by.endpoint
      : one.endpoint === by.endpoint;
  });
  return wrong === undefined ? undefined : `blames ${wrong.class} ${wrong.endpoint ?? ""}`.trimEnd();
}
