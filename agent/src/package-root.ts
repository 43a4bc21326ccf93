import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// In the CommonJS build there is a __filename; src/ and lib/ lie equally deep.
const here: string = typeof __filename === "string" ? __filename : fileURLToPath(import.meta.url);

export const packageRoot: string = join(dirname(here), "..");

/** `require` as this package sees it, for addons and for CommonJS that must not be bundled. */
export const requireHere: NodeJS.Require = createRequire(here);

export const AGENT_VERSION: string = (requireHere(join(packageRoot, "package.json")) as { version: string })
  .version;
