import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { inspectBinary, readBinary } from "../addon/inspect.ts";
import { compilerArguments, TARGETS } from "../addon/targets.ts";
import { runNode } from "./support/child.ts";
import { agentFolder, app, registerModule, runtimes } from "./support/runtimes.ts";

const prebuild = (platform: string): string => join(agentFolder, "prebuilds", platform, "quiet.node");
const headers = dirname(createRequire(import.meta.url).resolve("node-api-headers/include/node_api.h"));

test.for(TARGETS)("the prebuilt addon for $platform needs nothing but Node-API and libuv", ({ platform }) => {
  const bytes = readFileSync(prebuild(platform));
  expect(inspectBinary(bytes)).toEqual([]);
  expect(readBinary(bytes).format).toBe(platform.startsWith("linux") ? "elf" : "mach-o");
  const sums = readFileSync(join(agentFolder, "prebuilds/SHA256SUMS"), "utf8");
  expect(sums).toContain(`${createHash("sha256").update(bytes).digest("hex")}  ${platform}/quiet.node\n`);
});

test("what macOS on arm64 loads is signed ad hoc, and every page of it is what was signed", () => {
  const bytes = readFileSync(prebuild("darwin-arm64"));
  expect(readBinary(bytes)).toMatchObject({ signature: "ad hoc", signatureNeeded: true });
  for (const at of [40, 20_000, 50_000]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(inspectBinary(changed)).toContain("has a code signature of other contents");
  }
  expect(readBinary(readFileSync(prebuild("darwin-x64")))).toMatchObject({ signatureNeeded: false });
});

test("a binary that needs more is found out", () => {
  // Node itself is full of other symbols and libraries.
  const problems = inspectBinary(readFileSync(process.execPath));
  expect(problems.some((problem) => problem.startsWith("needs symbol "))).toBe(true);
  expect(problems.some((problem) => problem.startsWith("needs library "))).toBe(true);
});

const compiler = spawnSync("cc", ["--version"]).status === 0 && process.platform === "linux";

/** Of requests: at rest, with four jobs of the pool, in the callback of the last of them. */
const WORKS = { blocked: 0, requests: [0, 4, 0], clock: true };

test.for(runtimes)("the prebuilt addon tells what there is to tell: Node $major", async ({ binary }) => {
  const addon = prebuild(`${process.platform}-${process.arch}`);
  const { code, stdout } = await runNode([app("addon.cjs"), addon], {}, binary).ended;
  expect({ code, seen: JSON.parse(stdout) as unknown }).toEqual({ code: 0, seen: WORKS });
});

test.skipIf(!compiler)("addon/quiet.c compiles without a warning with the local cc, and works", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-addon-test-"));
  try {
    const output = join(folder, "quiet.node");
    execFileSync("cc", compilerArguments("linux", headers, join(agentFolder, "addon/quiet.c"), output));
    expect(inspectBinary(readFileSync(output))).toEqual([]);
    for (const { binary } of runtimes) {
      const { code, stdout } = await runNode([app("addon.cjs"), output], {}, binary).ended;
      expect({ code, seen: JSON.parse(stdout) as unknown }).toEqual({ code: 0, seen: WORKS });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("where addons are forbidden the application runs on, with one line", async () => {
  const { code, stderr } = await runNode([
    "--no-addons",
    "--import",
    registerModule,
    app("life.cjs"),
    "natural",
  ]).ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^hotspan: cannot load the sampler, .*\(HOTSPAN_AGENT_SAMPLER_UNAVAILABLE\)\n$/);
});
