import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// In the CommonJS build there is a __filename; src/ and lib/ lie equally deep.
const here: string = typeof __filename === "string" ? __filename : fileURLToPath(import.meta.url);

export const packageRoot: string = join(dirname(here), "..");

/** What sends the heap profile of a process that dies. */
export const heapExporter: string = join(packageRoot, "lib", "heap-exporter.mjs");

/** `require` as this package sees it, for addons and for CommonJS that must not be bundled. */
export const requireHere: NodeJS.Require = createRequire(here);

/** Undefined if this code is not where it was installed: somebody has bundled it. */
const version: string | undefined = installedVersion();

export const AGENT_VERSION: string = version ?? "bundled";

/** Without its package around it there is neither sampler nor quiet loop. */
export const isBundled: boolean = version === undefined;

function installedVersion(): string | undefined {
  try {
    const manifest = requireHere(join(packageRoot, "package.json")) as { name?: string; version?: string };
    return manifest.name === "@hotspan/agent" ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}
