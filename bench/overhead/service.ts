import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { binaryOf, optionsOf } from "./setups.ts";

/** The services have the first core, whoever loads them the last. */
const pinned = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;

export function pinSelf(): boolean {
  if (pinned)
    spawnSync("taskset", ["-a", "-c", "-p", String(availableParallelism() - 1), String(process.pid)]);
  return pinned;
}

/** What the service says of itself. */
interface Facts {
  /** Of the event loop, since the mark. */
  readonly utilization: number;
  /** So far, with that of threads that have ended. */
  readonly cpuMicros: number;
  /** Resident memory of V8's heap: how much of it is in use or free depends on when V8 last grew or collected it. */
  readonly heapBytes: number;
}

/** A process of the service under one setup. */
export class Service {
  readonly name: string;
  readonly #child: ChildProcess;
  #port = 0;
  #over = false;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.on("exit", (code, signal) => {
      if (!this.#over) throw new Error(`${name} ended with ${code ?? signal}`);
    });
  }

  /** @param over of its environment, what is other than its setup says */
  static async start(
    node: string,
    name: string,
    windowMillis: number,
    receiver: string,
    over: Readonly<Record<string, string>> = {},
  ): Promise<Service> {
    const { execArgv, env } = optionsOf(name, windowMillis, receiver);
    const command = [binaryOf(node), ...execArgv, join(import.meta.dirname, "app.cjs")];
    if (pinned) command.unshift("taskset", "-c", "0");
    const child = spawn(command[0] as string, command.slice(1), {
      env: { ...process.env, ...env, ...over },
      stdio: ["ignore", "ignore", process.env["BENCH_VERBOSE"] === undefined ? "ignore" : "inherit", "ipc"],
    });
    const service = new Service(name, child);
    service.#port = ((await service.#answer()) as { port: number }).port;
    return service;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async #ask(what: "mark" | "flush" | "facts"): Promise<Facts> {
    const answer = this.#answer();
    this.#child.send(what);
    return (await answer) as Facts;
  }

  async #answer(): Promise<unknown> {
    const [answer] = (await once(this.#child, "message")) as [unknown];
    return answer;
  }

  /** The event loop's utilisation counts from now on. */
  async mark(): Promise<void> {
    await this.#ask("mark");
  }

  /** Ends a window. */
  async flush(): Promise<void> {
    await this.#ask("flush");
  }

  async facts(): Promise<Facts> {
    return this.#ask("facts");
  }

  /** CPU of all living threads so far, microseconds: from outside, so that asking costs the service nothing. */
  cpuMicros(): number {
    const tasks = `/proc/${this.#child.pid}/task`;
    let nanos = 0;
    for (const id of readdirSync(tasks)) {
      try {
        nanos += Number.parseInt(readFileSync(`${tasks}/${id}/schedstat`, "utf8"), 10);
      } catch {
        // The thread has just ended.
      }
    }
    return nanos / 1000;
  }

  rssMegabytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  async close(): Promise<void> {
    this.#over = true;
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3000);
    await ended;
    clearTimeout(timer);
  }
}
