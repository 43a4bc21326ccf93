import type { RunFile } from "@hotspan/store";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/hotspan.js", import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has printed so far, stdout and stderr. */
  output(): string;
  readonly ended: Promise<Result>;
}

/** Starts `hotspan ARGS…` as a user would. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Result>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended, output: () => stdout + stderr };
}

export const hotspan = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Result> =>
  start(args, env).ended;

export interface Up extends Running {
  readonly run: RunFile;
}

/** `hotspan up` on free ports; resolves once run.json is there. */
export async function up(
  data: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Up> {
  const running = start(["up", "--port", "0", "--ingest-port", "0", "--data", data, ...args], env);
  const path = join(data, "run.json");
  const over = running.ended.then(({ code }) => {
    throw new Error(`up ended with ${code}:\n${running.output()}`);
  });
  const ready = until(
    "run.json is there",
    () => existsSync(path) && readRun(data).pids["supervisor"] === running.child.pid,
  );
  await Promise.race([ready, over]);
  over.catch(() => undefined);
  return { ...running, run: readRun(data) };
}

export const readRun = (data: string): RunFile =>
  JSON.parse(readFileSync(join(data, "run.json"), "utf8")) as RunFile;

/** Asks until the answer is true; a throw counts as no. */
export async function until(
  what: string,
  ask: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      if (await ask()) return;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last });
}
