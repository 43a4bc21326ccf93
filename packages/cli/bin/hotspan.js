#!/usr/bin/env node
// Runs on any Node that knows ES modules, so that it can say why a newer one is needed, or find it: the one that was
// installed beside Hotspan (node_modules/.bin/node) takes over when the running one is too old.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = [22, 18];
const parse = (text) => text.replace(/^v/, "").split(".").map(Number);
const older = (a, b) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

/** The nearest node_modules/.bin/node above this file, with its version. */
function bundledNode() {
  let folder = dirname(realpathSync(fileURLToPath(import.meta.url)));
  for (;;) {
    const link = join(folder, "node_modules", ".bin", "node");
    if (existsSync(link)) {
      const path = realpathSync(link);
      try {
        const manifest = join(dirname(dirname(path)), "package.json");
        return { path, version: parse(JSON.parse(readFileSync(manifest, "utf8")).version) };
      } catch {
        // Not a package we know: its version is unknown, look further up.
      }
    }
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** Starts again under another Node. The IPC channel tells the other process when this one is killed. */
function restart(path) {
  const child = spawn(path, process.argv.slice(1), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: Object.assign({}, process.env, { HOTSPAN_LAUNCHER: "1" }),
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once("error", (error) => {
    console.error(`${path}: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

const running = parse(process.version);
const bundled = process.env.HOTSPAN_LAUNCHER === undefined ? bundledNode() : undefined;
if (bundled !== undefined && older(running, bundled.version)) {
  restart(bundled.path);
} else if (older(running, NEEDED)) {
  console.error(
    `Hotspan needs Node ${NEEDED.join(".")} or newer, 24 at best; this is ${process.version} on ${process.platform}-${process.arch}.\n` +
      "On linux-x64 a Node comes with the installation: run `npm ci` without --omit=optional.\n" +
      "Elsewhere install Node 24 (https://nodejs.org) and try again.",
  );
  process.exitCode = 2;
} else {
  const main = new URL("../dist/main.js", import.meta.url);
  if (!existsSync(main)) {
    console.error("Hotspan is not built yet: run `npm run build` in its folder, then try again.");
    process.exitCode = 1;
  } else {
    const { main: run } = await import(main.href);
    await run(process.argv);
  }
}
