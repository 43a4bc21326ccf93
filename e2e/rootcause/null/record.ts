// Records spans with nothing planted: node --conditions=hotspan-source e2e/rootcause/null/record.ts [--app shop] [--seconds 150]
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startUp } from "../../support/demo.ts";
import { type AppName, runApp } from "../apps.ts";
import { settled } from "../ask.ts";
import { RATES } from "../load.ts";
import { type Endpoint, writeCorpus } from "./corpus.ts";

const { values } = parseArgs({
  options: {
    app: { type: "string", default: "shop" },
    seconds: { type: "string", default: "150" },
    seed: { type: "string", default: "1" },
  },
});
const app = values.app as AppName;
const up = await startUp();
try {
  const { from, to } = await runApp(up, {
    app,
    causes: [],
    services: ["all"],
    seconds: Number(values.seconds),
    rate: RATES[app],
    seed: Number(values.seed),
  });
  await settled(up);
  const lines = execFileSync(
    process.execPath,
    [
      "--conditions=hotspan-source",
      new URL("../../../query-api/tools/vectors.ts", import.meta.url).pathname,
      `--run=${join(up.data, "run.json")}`,
      `--from=${from}`,
      `--to=${to}`,
    ],
    { encoding: "utf8", maxBuffer: 2 ** 30 },
  );
  const endpoints = lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Endpoint);
  writeCorpus(app, endpoints);
  for (const { service, endpoint, vectors } of endpoints)
    console.log(`${String(vectors.length).padStart(4)} ${service} ${endpoint}`);
} finally {
  await up.stop();
}
