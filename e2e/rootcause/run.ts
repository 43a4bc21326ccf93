// Plants causes in an example app, lets it run under load, asks for their root cause, and says whether the answer is right:
// node --conditions=hotspan-source e2e/rootcause/run.ts --all [--resume]
//   | [--app library] --causes a,b+c   (`a,b+c` is a alone, then b and c together)
//   [--seed 1] [--seconds 90] [--rate 40] [--out results.json] [--keep FOLDER]
// Every run is written to --out when it ends. --resume leaves out what is there already, of the same code and load.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Demo, startUp } from "../support/demo.ts";
import { type AppName, type Period, runApp } from "./apps.ts";
import { rootCause, settled } from "./ask.ts";
import { wrongWith } from "./check.ts";
import { allRuns, type Causes, type Plan, planOf } from "./plan.ts";
import { questionOf } from "./question.ts";
import { writeReport } from "./report.ts";
import {
  addResults,
  excessMs,
  isDone,
  readResults,
  type Result,
  runOf,
  shown,
  writeResults,
} from "./results.ts";
import { type CodeState, codeState } from "./state.ts";

/** Runs one plan under an instance that is up. @param keep where whole answers go. */
export async function tryPlan(
  up: Demo,
  plan: Plan,
  { keep, state }: { keep?: string | undefined; state?: CodeState } = {},
): Promise<Result[]> {
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
      ...state,
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
        failed: true,
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

function line({ expected, wrong, slowSpans, baselineSpans, sentence }: Result): string {
  const head = `${wrong === undefined ? "right" : "WRONG"}  ${expected.cause} at ${expected.service} ${expected.endpoint}`;
  return `  ${head} (${slowSpans}/${baselineSpans})${wrong === undefined ? "" : ` — ${wrong}`}\n         ${sentence}`;
}

/** Starting and ending an app, and waiting until the store has all of it. */
const AROUND_SECONDS = 20;

const secondsOf = ({ run, before }: Plan): number =>
  run.seconds + AROUND_SECONDS + (before === undefined ? 0 : before.seconds + AROUND_SECONDS);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: "boolean", default: false },
      resume: { type: "boolean", default: false },
      app: { type: "string", default: "shop" },
      causes: { type: "string", default: "" },
      seed: { type: "string", default: "1" },
      seconds: { type: "string" },
      rate: { type: "string" },
      out: { type: "string", default: new URL("results.json", import.meta.url).pathname },
      keep: { type: "string" },
    },
  });
  const number = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Number(text);
  const options = { seed: Number(values.seed), seconds: number(values.seconds), rate: number(values.rate) };
  const { all, resume, out, keep } = values;
  const chosen: readonly Causes[] = all
    ? allRuns(options.seed)
    : values.causes
        .split(",")
        .filter((text) => text !== "")
        .map((text) => ({ app: values.app as AppName, causes: text.split("+") }));
  const state = codeState();
  const plans = chosen
    .map(({ app, causes }) => planOf(app, causes, options))
    .filter((plan) => !(resume && isDone(readResults(out), plan, state.code)));
  console.log(
    `${plans.length} of ${chosen.length} to run, code ${state.code} of commit ${state.commit}, to ${out}`,
  );
  if (plans.length > 0) await runAll(plans, { out, keep, state });
  // Runs that are not among them, and those of older code that failed this time, would tell of something else.
  if (all) {
    const kept = new Set(chosen.map(runOf));
    writeResults(
      out,
      readResults(out).filter((one) => kept.has(runOf(one)) && one.code === state.code),
    );
    writeReport();
  }
}

async function runAll(
  plans: readonly Plan[],
  { out, keep, state }: { out: string; keep: string | undefined; state: CodeState },
): Promise<void> {
  let left = plans.reduce((sum, plan) => sum + secondsOf(plan), 0);
  const up = await startUp();
  const end = (): void => void up.stop().finally(() => process.exit(130));
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    for (const [i, plan] of plans.entries()) {
      const { app, causes, rate } = plan.run;
      const minutes = Math.ceil(left / 60);
      console.log(
        `[${i + 1}/${plans.length}] ${new Date().toISOString().slice(11, 19)} ${app}: ${causes.join(" + ")}, ${rate}/s; about ${minutes} min left`,
      );
      left -= secondsOf(plan);
      try {
        const results = await tryPlan(up, plan, { keep, state });
        addResults(out, results);
        for (const result of results) console.log(line(result));
        if (results.some(({ wrong }) => wrong !== undefined)) process.exitCode = 1;
      } catch (error) {
        // One app that does not start or end must not cost the others' hour; --resume tries it again.
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
      }
    }
    if (keep !== undefined) {
      mkdirSync(keep, { recursive: true });
      cpSync(join(up.data, "logs"), join(keep, "logs"), { recursive: true });
    }
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
    await up.stop();
  }
}

if (import.meta.main) await main();
