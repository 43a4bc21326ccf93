// Splits the recorded spans at random, many times, and counts false alarms:
// node --conditions=hotspan-source e2e/rootcause/null/results.ts [--splits 60] [--seed 1] [--write]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readCorpora } from "./corpus.ts";
import { type Rate, rateOf, resample, type Tally } from "./resample.ts";

export interface NullResults {
  readonly rate: Rate;
  readonly endpoints: readonly Tally[];
  readonly date: string;
  readonly node: string;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      splits: { type: "string", default: "60" },
      seed: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
    },
  });
  const endpoints = resample(readCorpora(), Number(values.splits), Number(values.seed));
  const results: NullResults = {
    rate: rateOf(endpoints),
    endpoints,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
  };
  for (const { service, endpoint, spans, splits, false: alarms } of endpoints)
    console.log(`${alarms} of ${splits}  ${service} ${endpoint} (${spans} spans)`);
  const { rate } = results;
  console.log(
    `${rate.false} of ${rate.splits}: ${(rate.share * 100).toFixed(2)} %, at most ${(rate.upper * 100).toFixed(2)} %`,
  );
  if (values.write)
    writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, undefined, 1)}\n`);
}
