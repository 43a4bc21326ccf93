/**
 * A flame graph of 100,000 nodes in a browser, beside the other flame graphs one can put into a page, on the same tree in the
 * same run: from the profile's text in memory to the first frame with it; redraws on hover and on zoom; a search.
 *
 *     node --conditions=hotspan-source bench/ui/flamegraph.ts [--rounds 5] [--nodes 100000] [--only graph,d3]
 *     node --conditions=hotspan-source bench/ui/flamegraph.ts --report
 *
 * Ten minutes with five rounds; the peers are installed on first use (`peers/`).
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "../../ui/test/browser.ts";
import { median, quantile, seeded, shuffled } from "../overhead/statistics.ts";
import { forD3, forFlameChart, forSpeedscope } from "./formats.ts";
import { measure, type Round } from "./measure.ts";
import { type Result, table } from "./report.ts";
import { peers, servePages } from "./serve.ts";
import { tools } from "./tools.ts";
import { bigProfile } from "./tree.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    nodes: { type: "string", default: "100000" },
    only: { type: "string" },
    report: { type: "boolean", default: false },
  },
});
const resultFile = (suffix: string): string =>
  join(import.meta.dirname, `../results/ui-flamegraph.${suffix}`);
const report = (result: Result): void => writeFileSync(resultFile("md"), table(result));
if (values.report) {
  report(JSON.parse(readFileSync(resultFile("json"), "utf8")) as Result);
  process.exit();
}
const only = values.only?.split(",");
const chosen = tools.filter(({ name }) => only?.includes(name) !== false);
if (chosen.some(({ format }) => format !== "hotspan") && !existsSync(join(peers, "speedscope")))
  spawnSync("npm", ["ci", "--ignore-scripts", "--prefix", join(peers, "..")], { stdio: "inherit" });

const profile = bigProfile(Number(values.nodes));
const pages = await servePages(
  chosen.map(({ name }) => name),
  new Map([
    ["hotspan", JSON.stringify(profile)],
    ["d3", forD3(profile)],
    ["flame-chart", forFlameChart(profile)],
    ["speedscope", forSpeedscope(profile)],
  ]),
);
const browser = await openBrowser();
const rounds = new Map<string, Round[]>(chosen.map(({ name }) => [name, []]));
try {
  const random = seeded(Number(values.nodes));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const tool of shuffled(chosen, random)) {
      const took = await measure(browser, pages, tool, round);
      rounds.get(tool.name)?.push(took);
      console.log(round, tool.name, summary([took]));
    }
  }
} finally {
  await browser.close();
  await pages.close();
}

function summary(all: readonly Round[]) {
  const rounded = (value: number): number | null => (Number.isNaN(value) ? null : Number(value.toFixed(1)));
  const of = (name: keyof Round) => {
    const costs = all.flatMap((round) => round[name]);
    const walls = costs.map(({ wall }) => wall);
    return {
      p50: rounded(median(walls)),
      p95: rounded(quantile(walls, 0.95)),
      cpu: rounded(median(costs.map(({ cpu }) => cpu))),
    };
  };
  return { firstFrame: of("first"), hover: of("hover"), zoom: of("zoom"), search: of("search") };
}

const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  cpu: cpus()[0]?.model,
  browser: browser.version(),
  nodes: Number(values.nodes),
  rounds: Number(values.rounds),
  unit: "ms",
  results: chosen.map(({ name, what, format }) => ({
    name,
    what,
    version: format === "hotspan" ? undefined : versionOf(name),
    ...summary(rounds.get(name) ?? []),
  })),
};
console.log(JSON.stringify(result, undefined, 2));
if (only === undefined) {
  writeFileSync(resultFile("json"), `${JSON.stringify(result, undefined, 2)}\n`);
  report(result);
}

function versionOf(name: string): string {
  const packageName = { d3: "d3-flame-graph", "flame-chart": "flame-chart-js" }[name] ?? name;
  const manifest = readFileSync(join(peers, packageName, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
