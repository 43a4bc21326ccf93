import * as module from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../package-root.ts";
import type { Instrumentation, InstrumentationClass, TraceApi } from "./own-sdk.ts";

export interface SdkPackages {
  readonly NodeSDK: new (options: Readonly<Record<string, unknown>>) => { start(): unknown };
  readonly getNodeAutoInstrumentations: () => readonly Instrumentation[];
  readonly getResourceDetectors: () => readonly unknown[];
  /** The copies of @opentelemetry/api beside this SDK: of 3.x one for each module system. */
  readonly apis: readonly TraceApi[];
  readonly instrumentationClasses: readonly InstrumentationClass[];
  /** Lets ES modules be instrumented, these and no others. */
  readonly hookModules: (names: readonly string[]) => void;
}

const NAME = "@opentelemetry/auto-instrumentations-node";

/**
 * The application's `@opentelemetry/auto-instrumentations-node`, else one beside the agent, and the SDK it depends on: one
 * package to install, and never two majors in one process. Throws if there is none.
 */
export function sdkPackages(): SdkPackages {
  const path = resolveFirst();
  const within = module.createRequire(path);
  const auto = within(path) as {
    getNodeAutoInstrumentations(): readonly Instrumentation[];
    getResourceDetectors?(): readonly unknown[];
    getResourceDetectorsFromEnv?(): readonly unknown[];
  };
  const { NodeSDK } = within("@opentelemetry/sdk-node") as Pick<SdkPackages, "NodeSDK">;
  return {
    NodeSDK,
    getNodeAutoInstrumentations: () => auto.getNodeAutoInstrumentations(),
    getResourceDetectors: () => auto.getResourceDetectors?.() ?? auto.getResourceDetectorsFromEnv?.() ?? [],
    apis: copies<{ trace: TraceApi }>(within, "@opentelemetry/api").map(({ trace }) => trace),
    instrumentationClasses: copies<{ InstrumentationBase: InstrumentationClass }>(
      within,
      "@opentelemetry/instrumentation",
    ).map(({ InstrumentationBase }) => InstrumentationBase),
    hookModules: (names) => hookModules(within, names),
  };
}

function resolveFirst(): string {
  const [, program] = process.argv;
  const places = [
    ...(program === undefined ? [] : [program]),
    join(process.cwd(), "app.js"),
    join(packageRoot, "x.js"),
  ];
  let problem: unknown;
  for (const place of places)
    try {
      return module.createRequire(place).resolve(NAME);
    } catch (error) {
      problem = error;
    }
  throw problem;
}

/** What `require` gives, and what `import` gives if that is another one. */
function copies<T>(within: NodeJS.Require, name: string): T[] {
  const path = within.resolve(name);
  const esm = esmEntry(path);
  return [path, ...(esm === undefined || esm === path ? [] : [esm])].map((one) => within(one) as T);
}

/** What `import` of a package gives, from what `require` gives. */
function esmEntry(path: string): string | undefined {
  let folder = dirname(path);
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { exports?: unknown };
  let entry = (exports as Record<string, unknown> | undefined)?.["."];
  while (typeof entry === "object" && entry !== null) {
    const conditions: Readonly<Record<string, unknown>> = { ...entry };
    entry = conditions["node"] ?? conditions["import"] ?? conditions["default"];
  }
  return typeof entry === "string" ? join(folder, entry) : undefined;
}

interface SyncHooks {
  register(options: { readonly include: readonly string[] }): void;
  supportsSyncHooks(): boolean;
}

/** `node -e`, `-p`: Node.js then asks hooks for its own module `module`, and these look for a file of that name. */
const runsText = (): boolean =>
  process.execArgv.some((argument) => /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/.test(argument));

function hookModules(within: NodeJS.Require, names: readonly string[]): void {
  if (runsText()) return;
  const fromInstrumentation = module.createRequire(within.resolve("@opentelemetry/instrumentation"));
  const include = names.flatMap((name) => (module.isBuiltin(name) ? [name, `node:${name}`] : [name]));
  let hooks: SyncHooks | undefined;
  try {
    hooks = fromInstrumentation("import-in-the-middle/register-hooks.mjs") as SyncHooks;
  } catch {
    // Older than 3.1.
  }
  if (hooks?.supportsSyncHooks() === true) hooks.register({ include });
  else
    module.register(
      pathToFileURL(fromInstrumentation.resolve("import-in-the-middle/hook.mjs")).href,
      pathToFileURL(packageRoot),
      { data: { include } },
    );
}
