// What came out, as a file that later runs add to: results.json.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Contribution, RootCause, RootCauseBody } from "@hotspan/query-api/types";
import type { AppName } from "./apps.ts";
import type { Expected } from "./expected.ts";

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

const keyOf = ({ app, causes, expected }: Result): string =>
  [app, causes.toSorted().join("+"), expected.service, expected.endpoint, expected.class].join(" ");

/** A later run of the same causes replaces an earlier one. */
export function addResults(file: string, added: readonly Result[]): void {
  const all = new Map([...readResults(file), ...added].map((one) => [keyOf(one), one]));
  writeFileSync(file, `${JSON.stringify([...all.values()], undefined, 1)}\n`);
}
