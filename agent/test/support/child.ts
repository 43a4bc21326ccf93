import { type ChildProcess, spawn } from "node:child_process";

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<ChildResult>;
  /** First match in what it has printed so far or will print. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
}

/** A Node.js process of its own, with an environment free of this one's agent and OpenTelemetry settings. */
export function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  binary: string = process.execPath,
  folder?: string,
): Child {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(HOTSPAN_|OTEL_|NODE_|VITEST)/.test(key)),
  );
  const child = spawn(binary, args, {
    ...(folder === undefined ? {} : { cwd: folder }),
    env: {
      ...inherited,
      OTEL_LOGS_EXPORTER: "none",
      OTEL_METRICS_EXPORTER: "none",
      // Many tests sample far more often than anybody would, on machines with other things to do.
      HOTSPAN_BUDGET: "off",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<ChildResult>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const printed = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = (stdout + stderr).match(pattern);
        if (match === null) return;
        listeners.delete(look);
        resolve(match);
      };
      listeners.add(look);
      look();
      void ended.then((result) => reject(new Error(`ended without ${pattern}: ${JSON.stringify(result)}`)));
    });
  return { process: child, ended, printed };
}
