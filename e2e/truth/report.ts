// Holds the ledger against all recorded corpora: node --conditions=hotspan-source e2e/truth/report.ts [--scenario NAME] [CORPUS…]
// Without arguments it also writes docs/accuracy.md and accuracy.json; with a scenario it prints each of its spans.
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { allCorpora, readCorpus } from "./corpus.ts";
import { evaluate, type SpanResult, type Variation } from "./evaluate.ts";
import { describeSpan, markdown } from "./markdown.ts";
import { type CorpusReport, RECORDED, summarise } from "./summary.ts";

const { values, positionals } = parseArgs({
  options: { scenario: { type: "string" } },
  allowPositionals: true,
});
const folders = positionals.length > 0 ? positionals : allCorpora();

const VARIATIONS: readonly (Variation & { readonly name: string })[] = [
  { name: RECORDED },
  { name: "20 % of ticks lost", lost: 0.2 },
  { name: "40 % of ticks lost", lost: 0.4 },
  { name: "two hosts, clocks equal", clocksFrom: "all traces" },
  { name: "two hosts, remote clock +200 ms", clocksFrom: "all traces", skewMillis: 200 },
  { name: "two hosts, remote clock −200 ms", clocksFrom: "all traces", skewMillis: -200 },
  { name: "two hosts, +200 ms, known from the trace alone", clocksFrom: "the trace", skewMillis: 200 },
];

const reports: CorpusReport[] = [];
for (const folder of folders.toSorted()) {
  const corpus = readCorpus(folder);
  let base: readonly SpanResult[] | undefined;
  for (const { name, ...variation } of VARIATIONS) {
    const results = evaluate(corpus, variation);
    base ??= results;
    if (values.scenario !== undefined) {
      if (base === results)
        for (const result of results)
          if (values.scenario === "all" || result.truth.scenario === values.scenario)
            console.log(describeSpan(result));
      break;
    }
    reports.push(summarise(basename(folder), corpus.meta, name, results, base));
  }
}
if (values.scenario === undefined) {
  const text = markdown(reports);
  console.log(text);
  if (positionals.length === 0) {
    writeFileSync(new URL("../../docs/accuracy.md", import.meta.url), text);
    // Scenarios only where nothing was changed: the file is read by people too.
    const told = reports.map((report) =>
      report.variation === RECORDED ? report : { ...report, scenarios: [] },
    );
    writeFileSync(new URL("accuracy.json", import.meta.url), `${JSON.stringify(told, undefined, 2)}\n`);
  }
}
