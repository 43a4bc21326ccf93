import { existsSync } from "node:fs";
import { join } from "node:path";

export const repository: string = join(import.meta.dirname, "..", "..", "..");
export const agentFolder: string = join(repository, "agent");

/** The Node.js binaries of the repository, oldest first; those of other platforms are absent. */
export const runtimes: readonly { readonly major: number; readonly binary: string }[] = [
  { major: 22, binary: join(repository, "runtimes/22/node_modules/.bin/node") },
  { major: 24, binary: process.execPath },
  { major: 26, binary: join(repository, "runtimes/26/node_modules/.bin/node") },
].filter(({ binary }) => existsSync(binary));

export const registerModule: string = join(agentFolder, "lib/register.mjs");
export const registerCommonJs: string = join(agentFolder, "lib/register.cjs");
export const app = (name: string): string => join(agentFolder, "test/apps", name);
