// Records a corpus: node e2e/truth/record.ts --seed N[,N…] --spans M --out DIR [--node 22|24|26] [--no-quiet] [--no-journal]
//   [--worker] [--untraced SHARE] [--skew MS] [--no-priority]
// M spans per seed, each seed in processes of its own. Source is run as it stands: --conditions=hotspan-source.
import { parseArgs } from "node:util";
import type { Entry } from "./app/log.ts";
import { type CorpusSpan, writeCorpus } from "./corpus.ts";
import { recordRun } from "./run.ts";
import { skewed } from "./skew.ts";
import type { Truth } from "./truth.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    spans: { type: "string", default: "30" },
    out: { type: "string" },
    node: { type: "string", default: "24" },
    "no-quiet": { type: "boolean", default: false },
    "no-journal": { type: "boolean", default: false },
    worker: { type: "boolean", default: false },
    untraced: { type: "string", default: "0.1" },
    skew: { type: "string", default: "0" },
    "no-priority": { type: "boolean", default: false },
  },
});
if (values.out === undefined) {
  console.error("--out DIR is missing");
  process.exit(2);
}

const windows: Uint8Array[] = [];
const spans: CorpusSpan[] = [];
const log: Entry[] = [];
const truths: Truth[] = [];
const dropped: Record<string, number> = {};
const seeds = values.seed.split(",").map(Number);
let priority = true;
let node = "";
for (const seed of seeds) {
  const run = await recordRun({
    node: values.node,
    seed,
    spans: Number(values.spans),
    quietLoop: !values["no-quiet"],
    journal: !values["no-journal"],
    inWorker: values.worker,
    untracedShare: Number(values.untraced),
    priority: !values["no-priority"],
  });
  windows.push(...run.windows);
  spans.push(...run.spans);
  log.push(...run.log);
  truths.push(...run.truths);
  for (const [reason, count] of Object.entries(run.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  priority &&= run.priority;
  node = run.node;
  console.log(`seed ${seed}: ${run.truths.length} spans, dropped ${JSON.stringify(run.dropped)}`);
}
const skewMillis = Number(values.skew);
writeCorpus(values.out, {
  ...skewed({ windows, spans }, "truth-remote", skewMillis),
  log,
  truths,
  meta: {
    node,
    seeds,
    quietLoop: !values["no-quiet"],
    journal: !values["no-journal"],
    inWorker: values.worker,
    untracedShare: Number(values.untraced),
    skewMillis,
    priority,
    dropped,
  },
});
