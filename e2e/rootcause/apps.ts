// Runs an example app under a running instance, as its README and `hotspan run` say, for a fixed time.
import { spawn } from "node:child_process";
import type { Demo } from "../support/demo.ts";

export type AppName = "shop" | "library";

export interface AppRun {
  readonly app: AppName;
  /** Empty: nothing is planted. */
  readonly causes: readonly string[];
  /** Of the shop, services that run whether or not a cause needs them. */
  readonly services?: readonly string[];
  /** Of the shop, causes whose requests come more often, planted or not. */
  readonly focus?: readonly string[];
  readonly seconds: number;
  /** Requests (library: moments) per second. */
  readonly rate: number;
  readonly seed: number;
}

/** Unix ms: when the app ran. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

const path = (name: string): string => new URL(`../../${name}`, import.meta.url).pathname;
/** Beyond its time under load the app starts, ends and sends what it still has. */
const GRACE_MS = 60_000;

/** Resolves when it has ended, and so has sent everything. Throws with its output when it fails. */
export async function runApp(up: Demo, run: AppRun): Promise<Period> {
  const { app, causes, services = [], focus = [], seconds, rate, seed } = run;
  const planted = causes.length === 0 ? "none" : causes.join(",");
  const load = ["--duration", String(seconds), "--rate", String(rate)];
  const from = Date.now();
  // The shop knows nothing of Hotspan; the library loads it by itself, as a span processor.
  const [command, env] =
    app === "shop"
      ? [
          [
            path("packages/cli/bin/hotspan.js"),
            "run",
            "--data",
            up.data,
            "--",
            process.execPath,
            path("examples/shop/dist/start.js"),
            ...load,
          ],
          {
            SHOP_CAUSES: planted,
            SHOP_SERVICES: services.join(","),
            SHOP_FOCUS: focus.join(","),
            SHOP_SEED: String(seed),
          },
        ]
      : [
          [path("examples/library/src/start.js"), ...load],
          {
            LIBRARY_CAUSES: planted,
            LIBRARY_SEED: String(seed),
            HOTSPAN_ENDPOINT: up.run.ingestUrl,
            OTEL_EXPORTER_OTLP_ENDPOINT: up.run.ingestUrl,
          },
        ];
  const child = spawn(process.execPath, command, {
    env: { ...cleared(process.env), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const timer = setTimeout(() => child.kill("SIGTERM"), seconds * 1000 + GRACE_MS);
  const end = (): void => void child.kill("SIGTERM");
  process.once("exit", end);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
  clearTimeout(timer);
  process.off("exit", end);
  if (code !== 0) throw new Error(`${app} with ${planted} ended with ${code}; it printed:\n${output}`);
  if (process.env["ROOTCAUSE_VERBOSE"] === "1") console.log(output);
  return { from, to: Date.now() };
}

/** What a test runner sets for itself must not reach the app. */
function cleared(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(HOTSPAN_|OTEL_|NODE_|VITEST|SHOP_|LIBRARY_|PORT$)/.test(name)),
  );
}
