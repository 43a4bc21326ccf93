// `node tools/fixtures.ts NAME…`: installs those of fixtures/ that are not there yet, side by side. Each has packages of its own, which
// must not be mixed with the workspaces'.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const missing = process.argv
  .slice(2)
  .map((name) => join(import.meta.dirname, "../fixtures", name))
  .filter((folder) => !existsSync(join(folder, "node_modules")));
const codes = await Promise.all(
  missing.map(
    (folder) =>
      new Promise<number>((resolve) => {
        const command = existsSync(join(folder, "package-lock.json"))
          ? ["ci", "--prefer-offline"]
          : // Without a lock nothing is known of scripts that would run.
            ["install", "--no-package-lock", "--ignore-scripts", "--prefer-offline"];
        const child = spawn("npm", [...command, "--no-audit", "--no-fund"], {
          cwd: folder,
          stdio: "inherit",
        });
        child.on("error", (error) => {
          console.error(error.message);
          resolve(1);
        });
        child.on("close", (code) => resolve(code ?? 1));
      }),
  ),
);
process.exitCode = Math.max(0, ...codes);
