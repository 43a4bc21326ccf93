/**
 * Builds the prebuilt quiet-loop addons: `npm run addon:build`, or `addon:verify` to rebuild them elsewhere and compare
 * bytes. Needs zig at the pinned version: as `$ZIG`, or as `$PYTHON -m ziglang` (PyPI's `ziglang`).
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspectBinary } from "./inspect.ts";
import { compilerArguments, TARGETS, ZIG_VERSION } from "./targets.ts";

const here = import.meta.dirname;
const prebuilds = join(here, "..", "prebuilds");
const verify = process.argv.includes("--verify");

function zigCommand(): readonly [string, ...string[]] {
  const { ZIG: zig, PYTHON: python } = process.env;
  const command: readonly [string, ...string[]] =
    zig !== undefined ? [zig] : [python ?? "python3", "-m", "ziglang"];
  const [program, ...rest] = command;
  let version: string;
  try {
    version = execFileSync(program, [...rest, "version"], { encoding: "utf8" }).trim();
  } catch (cause) {
    throw new Error(
      `zig ${ZIG_VERSION} is needed: set ZIG to its binary, or PYTHON to a Python that has ziglang==${ZIG_VERSION}`,
      { cause },
    );
  }
  if (version !== ZIG_VERSION)
    throw new Error(`zig ${version} found; the prebuilds are made with ${ZIG_VERSION}`);
  return command;
}

const [zig, ...zigArguments] = zigCommand();
// A folder of its own with fixed relative names: no path of this machine can end up in the binaries.
const work = mkdtempSync(join(tmpdir(), "hotspan-addon-"));
const sums: string[] = [];
let different = 0;
try {
  const headers = dirname(createRequire(import.meta.url).resolve("node-api-headers/include/node_api.h"));
  mkdirSync(join(work, "include"));
  for (const name of ["node_api.h", "node_api_types.h", "js_native_api.h", "js_native_api_types.h"])
    copyFileSync(join(headers, name), join(work, "include", name));
  copyFileSync(join(here, "quiet.c"), join(work, "quiet.c"));
  for (const { platform, triple } of TARGETS) {
    const output = "quiet.node";
    execFileSync(
      zig,
      [
        ...zigArguments,
        "cc",
        "-target",
        triple,
        ...compilerArguments(platform, "include", "quiet.c", output),
      ],
      { cwd: work, stdio: ["ignore", "inherit", "inherit"] },
    );
    const bytes = readFileSync(join(work, output));
    const problems = inspectBinary(bytes);
    if (problems.length > 0) throw new Error(`${platform}: ${problems.join("; ")}`);
    const target = join(prebuilds, platform, "quiet.node");
    if (verify) {
      const same = readFileSync(target).equals(bytes);
      if (!same) different++;
      console.log(`${platform}: ${bytes.length} bytes, ${same ? "identical" : "DIFFERENT"}`);
    } else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
      console.log(`${platform}: ${bytes.length} bytes`);
    }
    sums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${platform}/quiet.node\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (verify) {
  if (readFileSync(join(prebuilds, "SHA256SUMS"), "utf8") !== sums.join("")) different++;
  if (different > 0) throw new Error("the prebuilds do not come from addon/quiet.c");
} else writeFileSync(join(prebuilds, "SHA256SUMS"), sums.join(""));
