// Plants causes in an example app, lets it run under load, asks for their root cause, and says whether the answer is right:
// node --conditions=hotspan-source e2e/rootcause/run.ts [--app library] [--causes a,b+c | all] [--pairs 12] [--seed 1]
//   [--seconds 90] [--rate 40] [--out results.json] [--keep FOLDER]
// `a,b+c` is a alone, then b and c together.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Demo, startUp } from "../support/demo.ts";
import { type AppName, type Period, runApp } from "./apps.ts";
import { rootCause, settled } from "./ask.ts";
import { wrongWith } from "./check.ts";
import { pairs, type Plan, planOf, truthsOf } from "./plan.ts";
import { questionOf } from "./question.ts";
import { addResults, excessMs, type Result, shown } from "./results.ts";

export interface Options {
  readonly seed: number;
  readonly seconds?: number | undefined;
  readonly rate?: number | undefined;
  /** Where whole answers go. */
  readonly keep?: string | undefined;
}

/** Runs one plan under an instance that is up. */
export async function tryPlan(up: Demo, plan: Plan, keep?: string): Promise<Result[]> {
  const { run, before, expected } = plan;
  const earlier: Period | undefined = before === undefined ? undefined : await runApp(up, before);
  const period = await runApp(up, run);
  await settled(up);
  const results: Result[] = [];
  for (const one of expected) {
    const question = questionOf(one, period, earlier);
    const head = {
      app: run.app,
      causes: run.causes,
      expected: one,
      asked: { slow: question.slow, baseline: question.baseline },
      seconds: run.seconds,
      seed: run.seed,
      rate: run.rate,
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      machine: `${availableParallelism()} × ${cpus()[0]?.model ?? "?"}`,
    };
    try {
      const answer = await rootCause(up, question);
      const others = expected.filter(({ cause }) => cause !== one.cause);
      const wrong = wrongWith(answer, one, others);
      results.push({
        ...head,
        ...(wrong === undefined ? {} : { wrong }),
        slowSpans: answer.slow.spans,
        baselineSpans: answer.baseline.spans,
        excessMs: excessMs(answer),
        contributions: shown(answer),
        sentence: answer.sentence,
        warnings: answer.warnings,
      });
      if (keep !== undefined) {
        mkdirSync(keep, { recursive: true });
        const name = `${run.app}-${run.causes.join("+")}-${one.cause}-${one.service}-${one.class ?? "none"}`;
        writeFileSync(join(keep, `${name}.json`), JSON.stringify({ question, answer }, undefined, 1));
      }
    } catch (error) {
      results.push({
        ...head,
        wrong: error instanceof Error ? error.message : String(error),
        slowSpans: 0,
        baselineSpans: 0,
        excessMs: 0,
        contributions: [],
        sentence: "",
        warnings: [],
      });
    }
  }
  return results;
}

function line({ causes, expected, wrong, slowSpans, baselineSpans, sentence }: Result): string {
  const head = `${wrong === undefined ? "right" : "WRONG"}  ${causes.join("+")}: ${expected.cause} at ${expected.service} ${expected.endpoint}`;
  return `${head} (${slowSpans}/${baselineSpans})${wrong === undefined ? "" : ` — ${wrong}`}\n       ${sentence}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      app: { type: "string", default: "shop" },
      causes: { type: "string" },
      pairs: { type: "string", default: "0" },
      seed: { type: "string", default: "1" },
      seconds: { type: "string" },
      rate: { type: "string" },
      out: { type: "string", default: new URL("results.json", import.meta.url).pathname },
      keep: { type: "string" },
    },
  });
  const app = values.app as AppName;
  const number = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Number(text);
  const options = { seed: Number(values.seed), seconds: number(values.seconds), rate: number(values.rate) };
  const known = [...new Set(truthsOf(app).map(({ cause }) => cause))];
  const chosen: (readonly string[])[] =
    values.causes === "all"
      ? known.map((cause) => [cause])
      : (values.causes ?? "")
          .split(",")
          .filter((text) => text !== "")
          .map((text) => text.split("+"));
  if (app === "shop") chosen.push(...pairs(options.seed, Number(values.pairs)));
  const up = await startUp();
  try {
    for (const causes of chosen) {
      const plan = planOf(app, causes, options);
      const results = await tryPlan(up, plan, values.keep);
      addResults(values.out, results);
      for (const result of results) console.log(line(result));
      if (results.some(({ wrong }) => wrong !== undefined)) process.exitCode = 1;
    }
    if (values.keep !== undefined) {
      mkdirSync(values.keep, { recursive: true });
      cpSync(join(up.data, "logs"), join(values.keep, "logs"), { recursive: true });
    }
  } finally {
    await up.stop();
  }
}

if (import.meta.main) await main();
