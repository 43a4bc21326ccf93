import { existsSync } from "node:fs";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../errors.ts";

type Part = "correlator" | "query-api" | "agent" | "store";
// Literal names, so that tools see what is used.
const PACKAGES: Readonly<Record<Part, () => string>> = {
  correlator: () => import.meta.resolve("@hotspan/correlator"),
  "query-api": () => import.meta.resolve("@hotspan/query-api"),
  agent: () => import.meta.resolve("@hotspan/agent/register"),
  store: () => import.meta.resolve("@hotspan/store"),
};

/** Absolute path of the program `main` beside the index of a package: `dist/main.js`, or `src/main.ts` from source. */
export function programOf(name: "correlator" | "query-api"): string {
  const index = fileURLToPath(moduleUrl(name));
  const main = `${dirname(index)}/main${extname(index)}`;
  if (!existsSync(main)) throw notInstalled(name, main);
  return main;
}

/** File URL of a package's entry; the agent's is fit for `node --import`. */
export function moduleUrl(name: Part): string {
  let url: string;
  try {
    url = PACKAGES[name]();
  } catch (cause) {
    throw notInstalled(name, "it is not installed", cause);
  }
  const path = fileURLToPath(url);
  if (!existsSync(path)) throw notInstalled(name, path);
  return url;
}

/** The folder of the built UI, beside query-api in an installation; undefined when it was not built. */
export function uiFolder(): string | undefined {
  const candidates = [new URL("../../../../ui/dist/app", import.meta.url)];
  return candidates.map((url) => fileURLToPath(url)).find((path) => existsSync(`${path}/index.html`));
}

function notInstalled(name: string, path: string, cause?: unknown): CliError {
  return new CliError(
    "HOTSPAN_CLI_NOT_INSTALLED",
    `the ${name} is not there (${path}): run \`npm ci && npm run build\` in Hotspan's folder`,
    { cause },
  );
}
