import { expect, test } from "vitest";
import { FileNames } from "./file-names.ts";

const files = new FileNames("/srv/app", "/home/alice");

test.each([
  ["/srv/app/src/cart.js", "src/cart.js"],
  ["file:///srv/app/src/caf%C3%A9.mjs?v=2", "src/café.mjs"],
  ["/home/alice/lib/x.js", "~/lib/x.js"],
  ["/srv/application/x.js", "/srv/application/x.js"],
  ["node:internal/timers", "node:internal/timers"],
  ["", ""],
])("%s is sent as %s", (given, sent) => expect(files.of(given)).toBe(sent));

test("a program in a data: URL is not sent whole", () => {
  expect(files.of(`data:text/javascript,${"x".repeat(100_000)}`).length).toBeLessThan(50);
});

test("a process that runs in / strips nothing", () => {
  expect(new FileNames("/", "/").of("/etc/app.js")).toBe("/etc/app.js");
});
