// Holds an answer against what was planted.
import { existsSync, readFileSync } from "node:fs";
import type { Contribution, RootCause } from "@hotspan/query-api/types";
import type { Expected } from "./expected.ts";

/**
 * Undefined: right. Else what is wrong with it, in a few words.
 * @param others planted at the same time: where they hit the endpoint too, they may stand first.
 */
export function wrongWith(
  { contributions }: RootCause,
  expected: Expected,
  others: readonly Expected[] = [],
): string | undefined {
  const own = contributions.filter((one) => !others.some((other) => isOf(one, other)));
  return expected.class === undefined ? blamedOf(own, expected) : wrongFirst(own, expected);
}

/** Whether what held the loop is that cause. */
function isOf(one: Contribution, { cause, endpoint, by }: Expected): boolean {
  if (one.class !== "loop.held" || one.level !== "blame") return false;
  return one.endpoint === (by?.endpoint ?? endpoint) || inFileOf(one, cause);
}

const inFileOf = ({ file }: Contribution, cause: string): boolean =>
  new RegExp(`/causes/${cause}\\.[jt]s$`).test(file ?? "");

const examples = new URL("../../examples/", import.meta.url);

/** Functions of the file that holds nothing but the cause: causes/CAUSE. */
function functionsOf(cause: string): ReadonlySet<string> {
  const files = ["shop", "library"]
    .flatMap((app) => ["ts", "js"].map((ext) => new URL(`${app}/src/causes/${cause}.${ext}`, examples)))
    .filter((file) => existsSync(file));
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  return new Set(Array.from(text.matchAll(/\b(?:function|const)\s+(\w+)/g), ([, name]) => name ?? ""));
}

/** The function itself, or one beside it that it calls: it may be what is named, or what called that. */
function contains(one: Contribution, wanted: string, cause: string): boolean {
  const { function: name, caller } = one;
  if (name === wanted || caller === wanted || inFileOf(one, cause)) return true;
  return caller !== undefined && functionsOf(cause).has(caller);
}

function wrongFirst(contributions: readonly Contribution[], expected: Expected): string | undefined {
  const first = contributions[0];
  if (first === undefined) return "nothing is listed";
  const shown = first.rest ?? first;
  if (!shown.significant || shown.deltaNano <= 0) return "nothing differs by more than chance";
  if (first.class !== expected.class) return `first is ${first.class}`;
  const { by, function: wanted } = expected;
  if (first.class === "loop.held") {
    if (first.level !== "blame") return "nobody is blamed";
    if ((first.endpoint ?? undefined) !== by?.endpoint)
      return `blames ${first.endpoint ?? `no request (${first.blame ?? "?"})`}`;
  }
  // Whose child it is; what that did with the time is a question to it.
  if (first.class === "wait.child" && by !== undefined && first.childService !== by.service)
    return `the child is of ${first.childService ?? "nobody"}`;
  if (first.class === "wait.child" && expected.span !== undefined && first.child !== expected.span)
    return `the child is ${first.child ?? "nobody"}`;
  // Waits have no function of their own, and nothing tells who stalls a thread or fills a pool.
  if (wanted === undefined || first.class === "stalled" || first.class.startsWith("wait.")) return undefined;
  return contains(first, wanted, expected.cause) ? undefined : `names ${first.function ?? "no function"}`;
}

/**
 * Something that delays nothing must not be named: neither whoever computes meanwhile nor a child that nobody waits for. Up to
 * the truth's few ms are granted: now and then the work for one request meets the end of another.
 */
function blamedOf(
  contributions: readonly Contribution[],
  { by, excessMs = [0, 0] }: Expected,
): string | undefined {
  const blamed = contributions.find((one) => {
    const { significant, deltaNano } = one.rest ?? one;
    if (!significant || deltaNano <= excessMs[1] * 1e6) return false;
    return by === undefined ? one.class === "wait.child" : one.endpoint === by.endpoint;
  });
  return blamed === undefined ? undefined : `blames ${blamed.class} ${blamed.endpoint ?? ""}`.trimEnd();
}
