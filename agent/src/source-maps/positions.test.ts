import { SourceMap } from "node:module";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSourceMap } from "./load.ts";
import { originalPositions, type RawSourceMap } from "./positions.ts";
import { sourceFile, SourceMapResolver } from "./resolve.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotspan-maps-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function bundleOf(minify: boolean): Promise<{ code: string; map: RawSourceMap }> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "source-maps.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    minify,
    sourcemap: "external",
    outdir: folder,
    write: false,
    external: ["@hotspan/wire"],
    logLevel: "error",
  });
  const map = outputFiles.find(({ path }) => path.endsWith(".map"));
  const code = outputFiles.find(({ path }) => path.endsWith(".js"));
  return { code: code?.text ?? "", map: JSON.parse(map?.text ?? "{}") as RawSourceMap };
}

test.for([{ minify: true }, { minify: false }])(
  "every position of a real bundle is found where Node's own source maps find it: $minify",
  async ({ minify }) => {
    const { code, map } = await bundleOf(minify);
    const theirs = new SourceMap(map as never);
    const lines = code.split("\n");
    fc.assert(
      fc.property(
        fc.array(
          fc
            .nat(lines.length - 1)
            .chain((line) =>
              fc.record({ line: fc.constant(line), column: fc.nat(lines[line]?.length ?? 0) }),
            ),
          { minLength: 1, maxLength: 200 },
        ),
        (asked) => {
          const found = originalPositions(
            map,
            asked.map(({ line, column }) => ({ line: line + 1, column: column + 1 })),
          );
          for (const [index, { line, column }] of asked.entries()) {
            const entry = theirs.findEntry(line, column) as Partial<ReturnType<SourceMap["findEntry"]>>;
            // Node answers with the last segment of an earlier line, where a line has none in front.
            if (!("originalSource" in entry) || entry.generatedLine !== line) {
              expect(found[index]).toBeUndefined();
              continue;
            }
            expect(found[index]).toMatchObject({
              source: entry.originalSource,
              line: (entry.originalLine ?? 0) + 1,
              column: (entry.originalColumn ?? 0) + 1,
            });
          }
        },
      ),
      { numRuns: 50 },
    );
  },
);

const one: RawSourceMap = { version: 3, sources: ["a.ts"], names: ["shout"], mappings: "AAAAA,CAACA;;AAEA" };

test("names, gaps and sections", () => {
  expect(
    originalPositions(one, [
      { line: 1, column: 1 },
      { line: 2, column: 5 },
      { line: 3, column: 9 },
      { line: 9, column: 1 },
    ]),
  ).toEqual([
    { source: "a.ts", line: 1, column: 1, name: "shout" },
    undefined,
    { source: "a.ts", line: 3, column: 2, name: undefined },
    undefined,
  ]);
  const index: RawSourceMap = {
    version: 3,
    sections: [
      { offset: { line: 0, column: 0 }, map: one },
      { offset: { line: 10, column: 4 }, map: { ...one, sources: ["b.ts"] } },
    ],
  };
  expect(
    originalPositions(index, [
      { line: 11, column: 5 },
      { line: 1, column: 1 },
      { line: 13, column: 1 },
    ]).map((found) => found?.source),
  ).toEqual(["b.ts", "a.ts", "b.ts"]);
});

test("what is no source map is an error, never a wrong answer", () => {
  expect(() => originalPositions({ ...one, mappings: "A?AA" }, [{ line: 1, column: 1 }])).toThrow("bad VLQ");
});

test("a map lies beside its script or within it, and never in the network", async () => {
  const script = join(folder, "x.js");
  const text = JSON.stringify({ ...one, sourcesContent: ["secret"] });
  await writeFile(join(folder, "x.js.map"), text);
  await writeFile(script, "code\n//# sourceMappingURL=other.map\n//# sourceMappingURL=x.js.map\n");
  const { loaded } = await loadSourceMap(script);
  expect(loaded).toMatchObject({ folder, map: { mappings: one.mappings } });
  expect(loaded?.map).not.toHaveProperty("sourcesContent");
  const inline = `data:application/json;base64,${Buffer.from(text).toString("base64")}`;
  await writeFile(
    script,
    `const a = "//# sourceMappingURL=no";\n//# sourceMappingURL=${inline}\n//# debugId=AB-1`,
  );
  expect(await loadSourceMap(script)).toMatchObject({
    loaded: { map: { names: ["shout"] } },
    debugId: "ab-1",
  });
  await writeFile(script, "//# sourceMappingURL=http://127.0.0.1:9/x.map\n");
  expect(await loadSourceMap(script)).toEqual({ loaded: undefined, debugId: undefined });
  expect(await loadSourceMap(join(folder, "absent.js"))).toEqual({ loaded: undefined, debugId: undefined });
});

test("a resolver answers for many scripts, broken ones among them", async () => {
  const good = join(folder, "good.js");
  const broken = join(folder, "broken.js");
  await writeFile(`${good}.map`, JSON.stringify(one));
  await writeFile(good, "x\n//# sourceMappingURL=good.js.map");
  await writeFile(`${broken}.map`, "{");
  await writeFile(broken, "x\n//# sourceMappingURL=broken.js.map");
  const resolver = new SourceMapResolver();
  const positions = [{ line: 1, column: 1 }];
  expect((await resolver.answer({ script: good, positions })).frames).toEqual([
    { source: "a.ts", file: join(folder, "a.ts"), line: 1, column: 1, name: "shout" },
  ]);
  expect((await resolver.answer({ script: broken, positions })).frames).toEqual([undefined]);
});

test.for([
  ["../src/cart.ts", "/app/src/cart.ts"],
  ["webpack://shop/./src/cart.ts", "src/cart.ts"],
  ["webpack:///src/cart.ts", "src/cart.ts"],
  ["turbopack:///[project]/src/cart.ts", "src/cart.ts"],
  ["file:///app/src/cart.ts", "/app/src/cart.ts"],
  ["/abs/cart.ts", "/abs/cart.ts"],
  ["https://host/cart.ts", "https://host/cart.ts"],
] as const)("source %s is %s", ([source, file]) => {
  expect(sourceFile(source, "/app/dist")).toBe(file);
});
