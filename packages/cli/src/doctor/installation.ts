import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { messageOf } from "../errors.ts";
import { moduleUrl, programOf, uiFolder } from "../instance/locate.ts";
import { probePort } from "../ports.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

const LEAST_FREE_BYTES = 2e9;

/** What must be there before anything can start. */
export function checkInstallation(): Finding[] {
  return [checkNode(process.versions.node), checkEngine(), ...checkParts()];
}

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    return fail(`Node ${version} is too old`, "install Node 24 (https://nodejs.org)");
  }
  return major < 24
    ? warn(`Node ${version} works, Hotspan itself is tested on 24`, "install Node 24 (https://nodejs.org)")
    : ok(`Node ${version}`);
}

function checkEngine(): Finding {
  const { platform, arch } = process;
  const name = `@chdb/lib-${platform}-${arch}${platform === "linux" ? "-gnu" : ""}`;
  const advice =
    "install without --omit=optional on Linux (glibc) or macOS, x64 or arm64; elsewhere use --clickhouse URL";
  try {
    createRequire(moduleUrl("store")).resolve(`${name}/package.json`);
    return ok(`embedded ClickHouse for ${platform}-${arch}`);
  } catch {
    return warn(`no embedded ClickHouse for ${platform}-${arch}`, advice);
  }
}

function* checkParts(): Generator<Finding> {
  const build = "run `npm ci && npm run build` in Hotspan's folder";
  const parts: readonly (readonly [string, () => unknown])[] = [
    ["correlator", () => programOf("correlator")],
    ["query-api", () => programOf("query-api")],
    ["agent", () => moduleUrl("agent")],
  ];
  for (const [name, find] of parts) {
    try {
      find();
    } catch (error) {
      yield fail(messageOf(error).split(": run")[0] ?? name, build);
      continue;
    }
    yield ok(`${name} is built`);
  }
  yield uiFolder() === undefined ? warn("the UI is not built", build) : ok("UI is built");
}

/** The data folder, or the one it would be created in. */
export function checkFolder(data: string): Finding[] {
  let folder = data;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (!statSync(folder).isDirectory()) throw new Error("it is not a folder");
  } catch (error) {
    return [
      fail(
        `${data} cannot be written (${messageOf(error)})`,
        "choose another folder with --data or HOTSPAN_DATA",
      ),
    ];
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const gigabytes = `${(free / 1e9).toFixed(1)} GB free for ${data}`;
  return [
    free < LEAST_FREE_BYTES
      ? warn(
          gigabytes,
          "a thread that is always busy takes 3 to 5 GB at the default retention: free some space",
        )
      : ok(gigabytes),
  ];
}

/** Whether `hotspan up` would get the ports it asks for by default. */
export async function checkPorts(): Promise<Finding[]> {
  const flags = [
    ["--port", 4600],
    ["--ingest-port", 4318],
  ] as const;
  return Promise.all(
    flags.map(async ([flag, port]) =>
      (await probePort("127.0.0.1", port)) === "free"
        ? ok(`port ${port} is free (${flag})`)
        : warn(`port ${port} is taken by another program`, `choose another with ${flag}`),
    ),
  );
}
