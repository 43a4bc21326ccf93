import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChildMessage, StartMessage } from "./protocol.ts";
import type { ServerLog } from "./log.ts";

/** How a run of the server ended. */
export interface ServerExit {
  readonly reason: "locked" | "failed" | "died";
  /** Of `locked`: who holds the data folder. */
  readonly lockedBy?: number | undefined;
  /** Of `failed`: what the engine said. */
  readonly error?: string | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One run of the server process. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<ServerExit>;
  /** Whether the kernel keeps the engine inside its folder; known once it boots. */
  confined(): boolean;
  /** Graceful: closes standard input and the channel; the process ends itself within 2 s. */
  stop(): void;
  kill(signal: NodeJS.Signals): void;
}

const closeGraceMs = 3_000;

export function spawnServer(message: StartMessage, log: ServerLog): ServerProcess {
  log.begin();
  const child = fork(childModule(), [], {
    // A session of its own: Ctrl-C in a terminal goes to the whole process group, and the database has to outlive the
    // processes that still write into it. Standard input tells it when its parent is gone.
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "ipc"],
    // No inspector port, no agent, no test loader: this is not the parent's program.
    execArgv: ["--disable-warning=ExperimentalWarning"],
    // Relative paths in a query are resolved against it.
    cwd: message.enginePath,
    // Nothing of the parent's environment: there may be secrets in it, and the engine can read its own.
    env: { TZ: "UTC", LANG: "C.UTF-8" },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => log.write(chunk));
  }
  // A child that has just died turns writes into EPIPE; its exit says all there is to say.
  child.stdin?.on("error", () => {});
  child.on("error", () => {});
  let ending:
    | { locked: true; pid: number | undefined }
    | { locked: false; error: string | undefined }
    | undefined;
  let confined = false;
  child.on("message", (raw) => {
    const received = raw as ChildMessage;
    if (received.type === "booting") confined = received.confined;
    if (received.type === "locked") ending = { locked: true, pid: received.pid };
    if (received.type === "ended") ending = { locked: false, error: received.error };
  });
  child.send(message, () => {});
  return {
    pid: child.pid ?? -1,
    exited: exitOf(child, log, () => ending),
    confined: () => confined,
    stop: () => stop(child),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

async function exitOf(
  child: ChildProcess,
  log: ServerLog,
  ending: () =>
    | { locked: true; pid: number | undefined }
    | { locked: false; error: string | undefined }
    | undefined,
): Promise<ServerExit> {
  const closed = once(child, "close");
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  // "close" comes when its last output has been read, but never after a disconnect from this side (Node 24.21).
  await Promise.race([closed, sleep(100)]);
  const how = ending();
  if (how?.locked === true) return { reason: "locked", lockedBy: how.pid, code, signal };
  if (how !== undefined) return { reason: "failed", error: how.error ?? log.lastError(), code, signal };
  return { reason: "died", code, signal };
}

function stop(child: ChildProcess): void {
  child.stdin?.end();
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill("SIGKILL"), closeGraceMs);
  child.once("exit", () => clearTimeout(timer));
}

// Beside this file, as TypeScript when run from source and as JavaScript when built.
function childModule(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js", import.meta.url);
}
