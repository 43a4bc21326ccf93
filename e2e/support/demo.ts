import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `DATA/run.json` says of a running instance. */
export interface RunFile {
  readonly url: string;
  readonly ingestUrl: string;
  readonly clickhouse: {
    readonly httpUrl: string;
    readonly tcpPort: number;
    readonly database: string;
    readonly readerUser: string;
    readonly readerPassword: string;
  };
  readonly kafka?: { readonly brokers: string };
  readonly demo?: { readonly services: readonly { readonly name: string; readonly url: string }[] };
  readonly pids: Readonly<Record<string, number>>;
}

export interface Demo {
  readonly run: RunFile;
  readonly child: ChildProcess;
  readonly data: string;
  /** Everything it printed so far. */
  output(): string;
  /** Of its servers, as far as the store and the query API tell of trouble. */
  logs(): string;
  /** Sends SIGINT, as Ctrl-C does, and returns the exit code. */
  stop(): Promise<number | null>;
}

const hotspan = new URL("../../packages/cli/bin/hotspan.js", import.meta.url).pathname;

/** Starts the demo as a user does, on free ports and its own data folder, and waits for its last line. */
export function startDemo(flags: readonly string[] = []): Promise<Demo> {
  return startHotspan("demo", flags);
}

/** The same without the examples: `hotspan up`. */
export function startUp(flags: readonly string[] = []): Promise<Demo> {
  return startHotspan("up", flags);
}

async function startHotspan(
  command: "up" | "demo",
  flags: readonly string[],
  timeoutMs = 240_000,
): Promise<Demo> {
  const data = mkdtempSync(join(tmpdir(), "hotspan-e2e-"));
  const child = spawn(
    process.execPath,
    [hotspan, command, "--port", "0", "--ingest-port", "0", "--data", data, ...flags],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const stop = async (): Promise<number | null> => {
    child.kill("SIGINT");
    const code = await exited;
    rmSync(data, { recursive: true, force: true });
    return code;
  };
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`hotspan ${command} ${why}; it printed:\n${output}`));
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail(`was not ready after ${timeoutMs} ms`);
    }, timeoutMs);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      // Both print this last but for the demo's own closing line; run.json is in place by then.
      if (
        command === "up" ? /Ctrl-C ends everything/.test(output) : /^Hotspan is ready: \S+$/m.test(output)
      ) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
  const run = JSON.parse(readFileSync(join(data, "run.json"), "utf8")) as RunFile;
  const logs = (): string =>
    ["logs/query-api.log", "store/clickhouse.log"]
      .map((name) => `${name}:\n${tail(join(data, name))}`)
      .join("\n");
  return { run, child, data, output: () => output, logs, stop };
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(-8_000);
  } catch (error) {
    return String(error);
  }
}
