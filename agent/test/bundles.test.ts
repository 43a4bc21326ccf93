import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readPprof, type Window } from "@hotspan/wire";
import { Profile } from "pprof-format";
import { build, type BuildOptions } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ChildResult, runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { agentFolder, app, registerModule } from "./support/runtimes.ts";

const receiver = Receiver.each();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotspan-bundle-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function bundle(brings: boolean, options: BuildOptions = {}): Promise<string> {
  const format = options.format ?? "esm";
  const outfile = join(folder, "dist", format === "esm" ? "main.mjs" : "main.cjs");
  await build({
    entryPoints: [app("bundled/main.ts")],
    bundle: true,
    platform: "node",
    format,
    target: "node22",
    outfile,
    minify: true,
    sourcemap: true,
    logLevel: "error",
    define: { BUNDLE_AGENT: String(brings) },
    // What CommonJS dependencies in an ES module bundle need.
    banner:
      format === "esm"
        ? { js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);' }
        : {},
    ...options,
  });
  return outfile;
}

const run = (file: string, env: Record<string, string> = {}): Promise<ChildResult> =>
  runNode([file], {
    HOTSPAN_ENDPOINT: receiver.url,
    HOTSPAN_WINDOW_MS: "700",
    OTEL_SERVICE_NAME: "bundled",
    ...env,
  }).ended;

interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly labelled: boolean;
}

/** The leaf of each tick with a stack. */
function leaves(windows: readonly Window[]): Frame[] {
  return windows.flatMap((window) => {
    const pprof = readPprof(window.pprof);
    return Array.from(window.ticks.stack).flatMap((sample, tick) => {
      if (sample === 0) return [];
      const location = pprof.sampleLocations[pprof.sampleStart[sample - 1] as number] as number;
      const line = pprof.lineStart[location] as number;
      const fn = pprof.lineFunction[line] as number;
      return [
        {
          name: pprof.string(pprof.functionName[fn] as number),
          file: pprof.string(pprof.functionFile[fn] as number),
          line: pprof.lineNumber[line] as number,
          column: pprof.lineColumn[line] as number,
          labelled: window.ticks.label[tick] !== 0,
        },
      ];
    });
  });
}

const underRegister = { NODE_OPTIONS: `--import=${pathToFileURL(registerModule).href}` };

/** Lets the bundle find the agent as an installed package. */
async function installAgent(): Promise<void> {
  await mkdir(join(folder, "node_modules/@hotspan"), { recursive: true });
  await symlink(agentFolder, join(folder, "node_modules/@hotspan/agent"));
}

test.for([
  { how: "an ES module under register", format: "esm", brings: false },
  { how: "CommonJS under register", format: "cjs", brings: false },
  { how: "an ES module that imports the agent, which is external", format: "esm", brings: true },
] as const)("a minified bundle is profiled by its sources: $how", async ({ format, brings }) => {
  const file = await bundle(brings, { format, external: ["@hotspan/agent"] });
  if (brings) await installAgent();
  const { code, stderr } = await run(file, brings ? {} : underRegister);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const burning = leaves(receiver.windows).filter(({ name }) => name === "burnInTheSource");
  expect(burning.length).toBeGreaterThan(10);
  for (const frame of burning)
    expect(frame).toMatchObject({
      file: expect.stringMatching(/test\/apps\/bundled\/work\.ts$/),
      line: 6,
      labelled: true,
    });
});

test("HOTSPAN_SOURCE_MAPS=off leaves the bundle's own names; a debug id is kept, for a map that comes later", async () => {
  const file = await bundle(false, { sourcemap: "external" });
  const id = "0f1e2d3c-4b5a-4697-8877-665544332211";
  await writeFile(file, `${await readFile(file, "utf8")}\n//# debugId=${id.toUpperCase()}\n`);
  const files = (): Set<string> => new Set(leaves(receiver.windows).map((frame) => frame.file));
  expect((await run(file, underRegister)).code).toBe(0);
  const bundled = [...files()].find((name) => name.endsWith("dist/main.mjs"));
  expect(bundled).toBeDefined();
  const tagged = receiver.windows.flatMap((window) => {
    const { mapping, location, stringTable } = Profile.decode(window.pprof);
    const text = (index: number | bigint): string => stringTable.strings[Number(index)] ?? "";
    return mapping
      .filter((one) => location.some(({ mappingId }) => mappingId === one.id))
      .map((one) => [text(one.filename), text(one.buildId)]);
  });
  // The first windows may have gone out before the id was known.
  expect(tagged.length).toBeGreaterThan(0);
  for (const one of tagged) expect(one).toEqual([bundled, id]);

  receiver.received.length = 0;
  await bundle(false, {});
  expect((await run(file, { ...underRegister, HOTSPAN_SOURCE_MAPS: "off" })).code).toBe(0);
  expect(files()).toContain(bundled);
  expect([...files()].some((name) => name.endsWith(".ts"))).toBe(false);
});

test("the agent bundled into the application says that it must stay outside, and the application runs", async () => {
  const file = await bundle(true, {
    alias: { "@hotspan/agent": join(agentFolder, "lib/index.mjs") },
    loader: { ".node": "copy" },
  });
  const { code, stdout, stderr } = await run(file);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toMatch(/^hotspan: .*bundle.*@hotspan\/agent.*\(HOTSPAN_AGENT_BUNDLED\)\n$/);
  expect(receiver.windows).toEqual([]);
});
