// Records a corpus: node e2e/truth/record.ts --seed N[,N…] --spans M --out DIR [--node 22|24|26] [--no-quiet] [--no-journal]
//   [--worker] [--untraced SHARE] [--skew MS] [--no-priority] [--only SEGMENT]
// M spans per seed, each seed in processes of its own. Source is run as it stands: --conditions=hotspan-source.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Entry } from "./app/log.ts";
import { type CorpusSpan, writeCorpus } from "./corpus.ts";
import { nodeBinary, recordRun } from "./run.ts";
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
    only: { type: "string" },
  },
});
function wrongUse(message: string): never {
  console.error(message);
  process.exit(2);
}
const { out = wrongUse("--out DIR is missing") } = values;
const seeds = values.seed.split(",").map(Number);
const spansPerSeed = Number(values.spans);
const untracedShare = Number(values.untraced);
const skewMillis = Number(values.skew);
if (!seeds.every((seed) => Number.isInteger(seed) && seed > 0))
  wrongUse("--seed takes whole numbers above 0");
if (!Number.isInteger(spansPerSeed) || spansPerSeed < 1) wrongUse("--spans takes a whole number above 0");
if (!(untracedShare >= 0 && untracedShare <= 1)) wrongUse("--untraced takes a share from 0 to 1");
if (!Number.isFinite(skewMillis)) wrongUse("--skew takes milliseconds");
if (!existsSync(nodeBinary(values.node)))
  wrongUse(`--node ${values.node}: ${nodeBinary(values.node)} is not installed`);

const windows: Uint8Array[] = [];
const spans: CorpusSpan[] = [];
const log: Entry[] = [];
const truths: Truth[] = [];
const dropped: Record<string, number> = {};
let priority = true;
let node = "";
for (const seed of seeds) {
  const run = await recordRun({
    node: values.node,
    seed,
    spans: spansPerSeed,
    quietLoop: !values["no-quiet"],
    journal: !values["no-journal"],
    inWorker: values.worker,
    untracedShare,
    priority: !values["no-priority"],
    only: values.only,
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
writeCorpus(out, {
  ...skewed({ windows, spans }, "truth-remote", skewMillis),
  log,
  truths,
  meta: {
    node,
    seeds,
    quietLoop: !values["no-quiet"],
    journal: !values["no-journal"],
    inWorker: values.worker,
    untracedShare,
    skewMillis,
    priority,
    dropped,
  },
});
