// Hours of a service under load whose agent is stopped, started and reconfigured all the time, on each version of Node.js:
// node --conditions=hotspan-source e2e/soak/run.ts [--minutes 120] [--step 6] [--rate 40] [--node 22,24,26]
//   [--incarnations 3] [--no-control] [--out e2e/soak/results]
// Ends with 1 if something was wrong.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { soak } from "./soak.ts";
import { tableOf } from "./report.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    minutes: { type: "string", default: "120" },
    step: { type: "string", default: "6" },
    rate: { type: "string", default: "40" },
    node: { type: "string", default: "22,24,26" },
    incarnations: { type: "string", default: "3" },
    control: { type: "boolean", default: true },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});

const result = await soak({
  minutes: Number(values.minutes),
  stepSeconds: Number(values.step),
  requestsPerSecond: Number(values.rate),
  nodes: values.node.split(",").map(Number),
  incarnations: Number(values.incarnations),
  control: values.control,
  progress: (text) => console.error(text),
});
writeFileSync(`${values.out}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
const table = tableOf(result);
writeFileSync(`${values.out}.md`, `${table}\n`);
console.log(table);
if (result.wrong.length > 0) {
  console.error(result.wrong.join("\n"));
  process.exitCode = 1;
}
