import { existsSync } from "node:fs";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../errors.ts";

/** The program `main` beside the index of a package: `dist/main.js`, or `src/main.ts` when running from source. */
export function programOf(packageName: string): string {
  const index = resolve(packageName);
  const main = `${dirname(index)}/main${extname(index)}`;
  if (!existsSync(main)) throw notInstalled(packageName, main);
  return main;
}

/** Absolute file URL of a package's entry, fit for `node --import`. */
export function moduleUrl(specifier: string): string {
  const path = resolve(specifier);
  if (!existsSync(path)) throw notInstalled(specifier, path);
  return import.meta.resolve(specifier);
}

/** The folder of the built UI, beside query-api in an installation; undefined when it was not built. */
export function uiFolder(): string | undefined {
  const candidates = [new URL("../../../../ui/dist/app", import.meta.url)];
  return candidates.map((url) => fileURLToPath(url)).find((path) => existsSync(`${path}/index.html`));
}

function resolve(specifier: string): string {
  try {
    return fileURLToPath(import.meta.resolve(specifier));
  } catch (cause) {
    throw notInstalled(specifier, specifier, cause);
  }
}

function notInstalled(name: string, path: string, cause?: unknown): CliError {
  return new CliError(
    "HOTSPAN_CLI_NOT_INSTALLED",
    `${name} is not there (${path}): run \`npm ci && npm run build\` in Hotspan's folder`,
    { cause },
  );
}
