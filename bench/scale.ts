// The query API on a day of 10^6, 10^7 or 10^8 samples, 240 instances of one service among them.
//   node --conditions=hotspan-source bench/scale.ts [samples = 1000000] [--store DIR] [--minutes 60] [--build-only] [--only TEXT]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startApi } from "./scale/api.ts";
import { cases } from "./scale/cases.ts";
import { type Figure, measure } from "./scale/measure.ts";
import { sizes, write } from "./scale/report.ts";
import { openStore, type ScaleStore } from "./scale/store.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // Kept, and used again when it is there.
    store: { type: "string" },
    // Over how many days; what is asked is about the last one.
    days: { type: "string", default: "1" },
    // A build stops after them, to be taken up by the next run.
    minutes: { type: "string", default: "60" },
    "build-only": { type: "boolean", default: false },
    // Cases whose name has it; then nothing is written.
    only: { type: "string" },
    // A folder for a CPU profile of the query API.
    profile: { type: "string" },
  },
});

const samples = Number(positionals[0] ?? 1_000_000);
const days = Number(values.days);
const folder = values.store ?? mkdtempSync(join(tmpdir(), "hotspan-scale-"));
try {
  await using store = await openStore(folder, samples, days, Number(values.minutes) * 60_000);
  if (!store.complete) {
    console.log("Not complete yet: run it again with the same --store.");
    process.exitCode = 3;
  } else if (!values["build-only"]) await ask(store);
} finally {
  if (values.store === undefined) rmSync(folder, { recursive: true, force: true });
}

async function ask({ db, startMs }: ScaleStore): Promise<void> {
  const profile = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  await using api = await startApi(db.store, profile);
  const only = values.only ?? "";
  const figures: Figure[] = [];
  for (const one of await cases(db, startMs))
    if (one.name.includes(only)) {
      const figure = await measure(api, one);
      figures.push(figure);
      console.log(JSON.stringify(figure));
    }
  const name = days === 1 ? "scale" : `scale-${days}-days`;
  if (only === "") write(name, await sizes(db), figures);
}
