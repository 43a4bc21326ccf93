// Writes docs/root-cause-results.md from results.json, loaded.json, blind.json and null/results.json:
// node --conditions=hotspan-source e2e/rootcause/report.ts
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { BEHIND, isNamed } from "./check.ts";
import type { NullResults } from "./null/results.ts";
import { allRuns } from "./plan.ts";
import { readResults, type Result, runOf, type Shown } from "./results.ts";

const here = (name: string): string => new URL(name, import.meta.url).pathname;

function asked({ slow, baseline }: Result["asked"]): string {
  if (slow?.version !== undefined) return `${slow.version} against ${baseline?.version}`;
  if (slow?.percentile === undefined) return "after against before";
  return `p${String(slow.percentile)} against p25–p75`;
}

function shownAs({ class: name, name: part, deltaMs }: Shown): string {
  return `\`${name}\` ${part === "" ? "" : `${part.replaceAll("|", "\\|")}, `}${deltaMs.toFixed(0)} ms`;
}

/** What is planted, as far as it is asked of the first contribution. */
function wanted({ expected }: Result): string {
  const { class: name, by, awaits, span, function: code, within = [] } = expected;
  if (name === undefined) return `not \`${by === undefined ? "wait.child" : by.endpoint}\``;
  const parts = [
    name === "loop.held" ? (by?.endpoint ?? "no request") : undefined,
    name === "wait.child" ? (awaits === undefined ? span : `→ ${awaits}`) : undefined,
    code === undefined || !isNamed(name) ? undefined : [code, ...within].join(" or "),
  ];
  return [`\`${name}\``, parts.filter((part) => part !== undefined).join(" · ")].join(" ").trimEnd();
}

interface Style {
  /** The other causes are said, too. */
  readonly paired?: boolean;
  /** Results of another state of the code than most. */
  readonly apart?: ReadonlySet<Result>;
}

function table(results: readonly Result[], { paired = false, apart }: Style): string[] {
  const row = (result: Result): string => {
    const { causes, expected, contributions, wrong, slowSpans, baselineSpans, excessMs } = result;
    const others = causes.filter((cause) => cause !== expected.cause).join(", ");
    const first = contributions[0];
    return [
      "",
      `\`${expected.cause}\`${paired && others !== "" ? ` with ${others}` : ""}${apart?.has(result) === true ? " †" : ""}`,
      `${expected.service} \`${expected.endpoint}\``,
      asked(result.asked),
      `${slowSpans} / ${baselineSpans}`,
      wanted(result),
      first === undefined
        ? ""
        : `${shownAs(first)} of ${excessMs.toFixed(0)}${first.significant ? "" : " (chance)"}`,
      wrong === undefined ? "yes" : `**no**: ${wrong.slice(0, 120).replaceAll("|", "\\|")}`,
      "",
    ]
      .join(" | ")
      .trim();
  };
  return [
    "| cause | slow span | asked | spans | planted | first contribution, ms of the excess | right |",
    "|---|---|---|---:|---|---|---|",
    ...results.map(row),
  ];
}

function count(results: readonly Result[]): string {
  const behind = results.filter(({ wrong }) => wrong?.startsWith(BEHIND)).length;
  const right = results.filter(({ wrong }) => wrong === undefined).length;
  const more = behind === 0 ? "" : `; ${behind} more second, behind the other planted cause`;
  return `**${right} of ${results.length}**${more}`;
}

function conditions(results: readonly Result[]): string {
  const of = (one: (result: Result) => string): string =>
    [...new Set(results.map(one))].toSorted().join(", ");
  return [
    of(({ date }) => date),
    `sources ${of(({ code }) => code ?? "not recorded")}`,
    `Node ${of(({ node }) => node)}`,
    of(({ machine }) => machine),
    `seed ${of(({ seed }) => String(seed))}`,
    `${of(({ rate }) => String(rate))} per second.`,
  ].join("; ");
}

function section(title: string, text: string, results: readonly Result[], style: Style): string[] {
  if (results.length === 0) return [];
  return [
    `## ${title}`,
    "",
    `${text} Right: ${count(results)}.`.trimStart(),
    "",
    ...table(results, style),
    "",
    conditions(results),
    ...(results.some((one) => style.apart?.has(one))
      ? ["†: run with other sources than most, asked and judged as then."]
      : []),
    "",
  ];
}

function nullSection(): string[] {
  const file = here("null/results.json");
  if (!existsSync(file)) return [];
  const { rate, endpoints, date, node } = JSON.parse(readFileSync(file, "utf8")) as NullResults;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return [
    "## Nothing planted",
    "",
    "Both examples ran with nothing planted; the spans of each endpoint were split at random into two sides, again and",
    "again (20 to 100 spans a side), and every significant contribution is a false one. The splits of an endpoint share",
    "its spans, which the exact bound (Clopper and Pearson, 95 %) does not know.",
    "",
    `**${rate.false} of ${rate.splits} splits: ${percent(rate.share)}, at most ${percent(rate.upper)}.** ${date}; Node ${node}.`,
    "",
    "| service | endpoint | spans | splits | false |",
    "|---|---|---:|---:|---:|",
    ...endpoints.map(
      (one) => `| ${one.service} | \`${one.endpoint}\` | ${one.spans} | ${one.splits} | ${one.false} |`,
    ),
    "",
  ];
}

/** First runs on causes that the engine had not seen: blind.json, blind-2.json and so on. */
const blindFiles = (): readonly string[] =>
  readdirSync(here("."))
    .filter((file) => /^blind.*\.json$/.test(file))
    .toSorted();

function notRun(all: readonly Result[]): string[] {
  const there = new Set(all.map(runOf));
  const missing = allRuns(1).filter((run) => !there.has(runOf(run)));
  if (missing.length === 0) return [];
  return [
    `Not run on a quiet machine: ${missing.map(({ app, causes }) => `${app} ${causes.join(" + ")}`).join("; ")}.`,
    "",
  ];
}

function mostFrequent(all: readonly Result[]): string | undefined {
  const byCode = Map.groupBy(all, ({ code }) => code ?? "");
  return [...byCode].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

/** Writes the document from the recorded results and returns its text. */
export function writeReport(): string {
  const all = readResults(here("results.json"));
  const apart = new Set(all.filter(({ code }) => code === undefined || code !== mostFrequent(all)));
  const alone = all.filter(({ app, causes }) => app === "shop" && causes.length === 1);
  const paired = all.filter(({ app, causes }) => app === "shop" && causes.length > 1);
  const library = all.filter(({ app }) => app === "library");
  const text = [
    "# Are planted causes found?",
    "",
    "Generated by `node --conditions=hotspan-source e2e/rootcause/report.ts`; do not edit.",
    "",
    "An example app runs with causes planted, under the real agent, correlator, store and query API, and `POST /root-cause` is",
    "asked about the slow endpoint: the slowest tenth against the middle half, one version against the other, or after against",
    "before where every request is hit. Right means: the *first*",
    "contribution has the planted class, and names the planted function or who is to blame. Classes of waiting and `stalled` have",
    "no function: of a child its service or name counts, of the others the class alone. What must not be slow must not be blamed.",
    "What is planted: [examples/shop](../examples/shop/README.md), [examples/library](../examples/library/README.md); how it is",
    "checked, what counts and why: [e2e/rootcause](../e2e/rootcause/README.md). `sources` is a hash of the code that ran.",
    "",
    ...notRun(all),
    ...section("The shop, each cause alone", "", alone, { apart }),
    ...section(
      "The shop, two causes at once",
      "Pairs drawn by seed; each cause must be first at its own endpoint.",
      paired,
      { paired: true, apart },
    ),
    ...blindFiles().flatMap((file) =>
      section(
        `The library, first run (${file})`,
        "Causes written by who did not know the engine, and not changed for it. This is the first run, as it came out, judged as then.",
        readResults(here(file)),
        { paired: true },
      ),
    ),
    ...section("The library now", "", library, { paired: true, apart }),
    ...section(
      "Where processors are short (loaded.json)",
      "Both examples while other programs kept each of two processors busy many times over. Runs that missed and were repeated stand here twice.",
      readResults(here("loaded.json")),
      { paired: true },
    ),
    ...nullSection(),
    readFileSync(here("misses.md"), "utf8"),
  ].join("\n");
  writeFileSync(here("../../docs/root-cause-results.md"), text);
  return text;
}

if (import.meta.main) console.log(writeReport());
