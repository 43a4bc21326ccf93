// The engine finds causes; it knows none. What is planted in examples/ is named there, in tests and in documents only.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { CAUSES, truths } from "@hotspan/example-shop";
import { expect, it } from "vitest";
import { libraryTruths } from "./library.ts";

const root = new URL("../..", import.meta.url);

/** Sources that run at a user's: not examples, tests, what tests are made of, or generated and recorded files. */
function sources(): string[] {
  const files = execFileSync(
    "git",
    ["ls-files", "-z", "*.ts", "*.tsx", "*.js", "*.mjs", "*.cjs", "*.c", "*.sql"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  return files
    .split("\0")
    .filter((file) => file !== "")
    .filter((file) => !/^(examples|e2e|bench|docs|fixtures)\//.test(file))
    .filter((file) => !/(^|\/)(test|testing|fixtures)\/|\.test\.tsx?$/.test(file));
}

it("no planted function, endpoint or cause is named in the product's sources", () => {
  const expected = [...truths, ...libraryTruths];
  const names = new Set<string>(CAUSES);
  for (const one of expected) {
    names.add(one.endpoint);
    if (one.function !== undefined) names.add(one.function);
    if (one.by !== undefined) names.add(one.by.endpoint);
  }
  // Words of the language; with something planted behind them only as causes of the examples.
  for (const word of ["worker", "stalled", "unequal"]) names.delete(word);
  const found = sources().flatMap((file) => {
    const text = readFileSync(new URL(file, root), "utf8");
    return [...names].filter((name) => text.includes(name)).map((name) => `${file}: ${name}`);
  });
  expect(names.size).toBeGreaterThan(30);
  expect(found).toEqual([]);
});
