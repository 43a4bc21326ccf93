import { expect, test } from "vitest";
import { readable } from "./log-lines.ts";

test("pino's JSON becomes level and message, other lines stay", () => {
  const lines = [
    "plain",
    "",
    JSON.stringify({ level: 50, msg: "cannot start", err: { message: "no database" } }),
    JSON.stringify({ level: 30, msg: "said all" }),
    "{broken",
  ];
  expect(readable(lines)).toBe(
    "    plain\n    error: cannot start: no database\n    info: said all\n    {broken",
  );
});
