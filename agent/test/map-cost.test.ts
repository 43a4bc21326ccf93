import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SourceMaps } from "../src/source-maps/source-maps.ts";

let folder: string;
const maps = new SourceMaps();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotspan-maps-"));
});
afterEach(async () => {
  maps.close();
  await rm(folder, { recursive: true, force: true });
});

test("what the thread that reads maps spends is told once, and nothing is spent on what is known", async () => {
  const source = join(folder, "source.js");
  await writeFile(source, "export function burn() {\n  return Math.sqrt(2);\n}\nconsole.log(burn());\n");
  const outfile = join(folder, "bundle.js");
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    minify: true,
    sourcemap: true,
    logLevel: "error",
  });
  const frame = { scriptName: outfile, lineNumber: 1, columnNumber: 8, children: [] };
  expect(maps.spentNanos()).toBe(0);
  await maps.prepare([frame], 60_000);
  expect(maps.frame(frame)).toBeDefined();
  expect(maps.spentNanos()).toBeGreaterThan(0);
  await maps.prepare([frame], 60_000);
  expect(maps.spentNanos()).toBe(0);
});

test("a large tree is looked through in many turns of the loop, which say what they took", async () => {
  interface Node {
    readonly scriptName: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
    readonly children: Node[];
  }
  const node = (lineNumber: number, children: Node[]): Node => ({
    scriptName: join(folder, "absent.js"),
    lineNumber,
    columnNumber: 1,
    children,
  });
  let root = node(0, []);
  for (let line = 1; line < 200_000; line++) root = node(line, [root]);
  const spent: number[] = [];
  await maps.prepare([root], 60_000, ({ cpuNanos }) => spent.push(cpuNanos));
  expect(spent.length).toBeGreaterThan(2);
  expect(spent.reduce((sum, nanos) => sum + nanos, 0)).toBeGreaterThan(0);
});
