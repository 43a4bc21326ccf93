import { expect, test } from "vitest";
import { ownMigrations } from "./load.ts";
import { splitStatements } from "./split.ts";

test("splits at semicolons outside quotes and comments", () => {
  expect(
    splitStatements("SELECT 1;\nSELECT 'a;b', `c;d`; -- e;f\n/* g;h */ SELECT 2;\n-- the end;\n"),
  ).toEqual(["SELECT 1", "SELECT 'a;b', `c;d`", "-- e;f\n/* g;h */ SELECT 2"]);
});

test("quotes may be escaped either way", () => {
  expect(splitStatements(String.raw`SELECT 'it\';s', 'it'';s'; SELECT 2`)).toHaveLength(2);
});

test("an empty script has no statements", () => {
  expect(splitStatements("-- nothing;\n ; \n")).toEqual([]);
});

// Two processes may run the same migration at once, and a crash may leave one half done (see migrate.ts).
const idempotent: readonly RegExp[] = [
  /^CREATE (TABLE|MATERIALIZED VIEW) IF NOT EXISTS /,
  /^CREATE OR REPLACE VIEW /,
  /^ALTER TABLE \S+\s+(ADD (COLUMN|INDEX|PROJECTION) IF NOT EXISTS|(DROP|COMMENT) (COLUMN|INDEX|PROJECTION) IF EXISTS|MODIFY) /,
  // Parts that have it are left alone. Not waited for: of a big table that takes longer than a request may.
  /^ALTER TABLE \S+ MATERIALIZE PROJECTION \S+ SETTINGS mutations_sync = 0, alter_sync = 0$/,
  /^DROP (TABLE|VIEW) IF EXISTS /,
];

test("every statement of every migration can be run twice", () => {
  const statements = ownMigrations().flatMap((migration) => splitStatements(migration.script));
  expect(statements.length).toBeGreaterThan(10);
  for (const statement of statements) {
    const code = statement.replace(/^(--[^\n]*\n|\s)+/, "");
    expect(
      idempotent.some((form) => form.test(code)),
      code.slice(0, 80),
    ).toBe(true);
  }
});
