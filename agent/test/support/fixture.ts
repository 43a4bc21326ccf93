import { existsSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./runtimes.ts";

/**
 * A folder of `fixtures/` with packages of its own, or undefined where they are not installed, which is said; under `CI=true` that is
 * an error.
 */
export function fixture(name: string): string | undefined {
  const folder = join(repository, "fixtures", name);
  if (existsSync(join(folder, "node_modules"))) return folder;
  const message = `fixtures/${name} is not installed: \`npm run fixtures\``;
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return undefined;
}
