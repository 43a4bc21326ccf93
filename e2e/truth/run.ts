// One run of the program: its processes, what they send, and what it says happened.
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFile } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { now } from "./app/clock.ts";
import type { Entry } from "./app/log.ts";
import type { Message, Orders } from "./app/requests.ts";
import type { CorpusSpan } from "./corpus.ts";
import { schedulesFirst } from "./priority.ts";
import { Sink } from "./sink.ts";
import { type TruthResult, truths } from "./truth.ts";

export interface RunOptions {
  /** Major version. */
  readonly node: string;
  readonly seed: number;
  readonly spans: number;
  readonly quietLoop: boolean;
  readonly journal: boolean;
  readonly inWorker: boolean;
  readonly untracedShare: number;
  readonly priority: boolean;
  /** Requests of this segment alone. */
  readonly only?: string | undefined;
  /** Where windows and spans go; a sink of its own if not given. */
  readonly endpoint?: string;
  /** Service names are `PREFIX-app` and `PREFIX-remote`. Default `truth`. */
  readonly prefix?: string;
}

export interface Run extends TruthResult {
  readonly log: readonly Entry[];
  readonly node: string;
  readonly windows: readonly Uint8Array[];
  readonly spans: readonly CorpusSpan[];
  readonly priority: boolean;
}

const root = new URL("../..", import.meta.url).pathname;
const app = (name: string): string => new URL(`app/${name}.ts`, import.meta.url).pathname;

/** Of a major version, as the workspace installs it. */
export function nodeBinary(node: string): string {
  return join(root, node === "24" ? "" : `runtimes/${node}`, "node_modules/.bin/node");
}

export async function recordRun(options: RunOptions): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-truth-"));
  const sink = options.endpoint === undefined ? await Sink.start() : undefined;
  const processes = new Processes(options, options.endpoint ?? sink?.url ?? "");
  try {
    const logs = ["traced", "untraced", "app"].map((name) => join(folder, `${name}.jsonl`));
    const [tracedLog = "", untracedLog = "", appLog = ""] = logs;
    const traced = processes.start("remote", "remote", [tracedLog], true);
    const untraced = processes.start("remote", "untraced", [untracedLog], false);
    const [tracedUrl, untracedUrl] = await Promise.all([urlOf(traced), urlOf(untraced)]);
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    const orders: Orders = {
      log: appLog,
      seed: options.seed,
      spans: options.spans,
      inWorker: options.inWorker,
      traced: tracedUrl,
      untraced: untracedUrl,
      untracedShare: options.untracedShare,
      fifo,
      only: options.only,
    };
    const program = processes.start("main", "app", [JSON.stringify(orders)], true);
    const stops: Entry[] = [];
    let priority = options.priority;
    if (priority) for (const { pid } of [traced, untraced]) priority = schedulesFirst(pid ?? 0) && priority;
    if (priority) priority = schedulesFirst(process.pid);
    await new Promise<void>((resolve, reject) => {
      program.once("exit", (code) => reject(new Error(`the program ended with ${code}`)));
      program.on("message", (message: Message) => {
        if (message.type === "done") resolve();
        else if (message.type === "started") priority &&= schedulesFirst(program.pid ?? 0, message.thread);
        else if (message.type === "exported")
          for (const remote of [traced, untraced]) remote.send({ type: "flush" });
        else if (message.type === "fifo") setTimeout(() => writeFile(fifo, "x", () => {}), message.after);
        else freeze(program, message, stops);
      });
    });
    await processes.stop();
    const entries = logs.flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Entry),
    );
    if (sink !== undefined && sink.problems.length > 0) throw new AggregateError(sink.problems);
    const log = [...entries, ...stops];
    return {
      ...truths(log),
      log,
      node: execFileSync(nodeBinary(options.node), ["--version"], { encoding: "utf8" }).trim(),
      windows: sink?.windows ?? [],
      spans: sink?.spans ?? [],
      priority,
    };
  } finally {
    await processes.stop();
    await sink?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function freeze(
  program: ChildProcess,
  { after, millis }: { after: number; millis: number },
  stops: Entry[],
): void {
  setTimeout(() => {
    program.kill("SIGSTOP");
    const start = now();
    setTimeout(() => {
      program.kill("SIGCONT");
      stops.push({ type: "stop", start, end: now() });
    }, millis);
  }, after);
}

async function urlOf(remote: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    remote.once("message", (message: { readonly url: string }) => resolve(message.url));
    remote.once("exit", (code) => reject(new Error(`the remote service ended with ${code}`)));
  });
}

class Processes {
  readonly #options: RunOptions;
  readonly #endpoint: string;
  readonly #started: { readonly child: ChildProcess; readonly ended: Promise<void> }[] = [];

  constructor(options: RunOptions, endpoint: string) {
    this.#options = options;
    this.#endpoint = endpoint;
  }

  start(file: string, service: string, args: readonly string[], traced: boolean): ChildProcess {
    const { node, quietLoop, journal, prefix = "truth" } = this.#options;
    const own = Object.entries(process.env).filter(([key]) => !/^(HOTSPAN_|OTEL_|NODE_|VITEST)/.test(key));
    const child = fork(app(file), args, {
      cwd: root,
      execPath: nodeBinary(node),
      execArgv: [
        "--conditions=hotspan-source",
        "--disable-warning=ExperimentalWarning",
        ...(traced ? ["--import", "@hotspan/agent/register"] : []),
      ],
      env: {
        ...Object.fromEntries(own),
        HOTSPAN_ENDPOINT: this.#endpoint,
        HOTSPAN_BUDGET: "off",
        HOTSPAN_QUIET_LOOP: quietLoop ? "on" : "off",
        HOTSPAN_JOURNAL: journal ? "on" : "off",
        OTEL_SERVICE_NAME: `${prefix}-${service}`,
        OTEL_METRICS_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
        TRUTH_TRACED: traced ? "1" : "0",
      },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    // A channel that closes while a message is on its way: its end is awaited anyway.
    child.on("error", () => {});
    this.#started.push({ child, ended });
    return child;
  }

  /** Asks all to end, and makes those that do not. */
  async stop(): Promise<void> {
    const all = this.#started.splice(0);
    const timer = setTimeout(() => {
      for (const { child } of all) child.kill("SIGKILL");
    }, 8000);
    for (const { child } of all) {
      child.kill("SIGCONT");
      if (child.connected) child.send({ type: "stop" });
    }
    await Promise.all(all.map(({ ended }) => ended));
    clearTimeout(timer);
  }
}
