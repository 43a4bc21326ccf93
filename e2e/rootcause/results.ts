// What came out, as a file that later runs add to: results.json.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Contribution, RootCause, RootCauseBody } from "@hotspan/query-api/types";
import type { AppName } from "./apps.ts";
import type { Expected } from "./expected.ts";
import type { Plan } from "./plan.ts";

export interface Shown {
  readonly class: string;
  readonly name: string;
  readonly deltaMs: number;
  readonly significant: boolean;
}

export interface Result {
  readonly app: AppName;
  readonly causes: readonly string[];
  readonly expected: Expected;
  readonly asked: {
    readonly slow: RootCauseBody["slow"];
    readonly baseline: RootCauseBody["baseline"];
  };
  /** Undefined: right. */
  readonly wrong?: string;
  /** The question was not answered, so `wrong` is an error's message. */
  readonly failed?: true;
  readonly slowSpans: number;
  readonly baselineSpans: number;
  readonly excessMs: number;
  readonly contributions: readonly Shown[];
  readonly sentence: string;
  readonly warnings: readonly string[];
  readonly seconds: number;
  readonly seed: number;
  readonly rate: number;
  readonly date: string;
  /** The sources that were run, and the commit they are of; absent in results from before that was recorded. */
  readonly code?: string;
  readonly commit?: string;
  readonly node: string;
  readonly machine: string;
}

export function nameOf(one: Contribution): string {
  const { function: fn, caller } = one;
  const code =
    fn === undefined ? undefined : caller === undefined || caller === fn ? fn : `${fn} in ${caller}`;
  const child = one.child === undefined ? undefined : `${one.child} → ${one.childService ?? "?"}`;
  const held = one.endpoint ?? (one.blame === undefined ? undefined : `(${one.blame})`);
  return [held, child, code].filter((part) => part !== undefined).join(" · ");
}

const ms = (nano: number): number => Math.round(nano / 1e5) / 10;

export function shown({ contributions }: RootCause): Shown[] {
  return contributions.slice(0, 4).map((one) => {
    const { deltaNano, significant } = one.rest ?? one;
    return { class: one.class, name: nameOf(one), deltaMs: ms(deltaNano), significant };
  });
}

export const excessMs = (answer: RootCause): number => ms(answer.excessNano);

export function readResults(file: string): readonly Result[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Result[]) : [];
}

/** What a run is: these causes together in that app. */
export const runOf = ({ app, causes }: Pick<Result, "app" | "causes">): string =>
  `${app} ${causes.toSorted().join("+")}`;

export function writeResults(file: string, results: readonly Result[]): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 1)}\n`);
}

/** All results of a run of the same causes replace those of an earlier one. */
export function addResults(file: string, added: readonly Result[]): void {
  const again = new Set(added.map(runOf));
  writeResults(file, [...readResults(file).filter((one) => !again.has(runOf(one))), ...added]);
}

/** Whether these have the answers to all questions of that plan, run with that code. */
export function isDone(results: readonly Result[], { run, expected }: Plan, code: string): boolean {
  const done = results.filter(
    (one) =>
      runOf(one) === runOf(run) &&
      one.code === code &&
      one.failed !== true &&
      (["seconds", "rate", "seed"] as const).every((key) => one[key] === run[key]),
  );
  return done.length === expected.length;
}
