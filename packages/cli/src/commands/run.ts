import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { agentEnv } from "../agent-env.ts";
import { moduleUrl } from "../instance/locate.ts";
import { requireRunning } from "../instance/run-file.ts";

const PASSED: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"];

/** Runs a program with the agent attached. Resolves with its exit code; dies of the signal it died of. */
export async function runProgram(data: string, command: readonly string[]): Promise<number> {
  const [program = "", ...args] = command;
  const env = agentEnv(process.env, requireRunning(data), moduleUrl("agent"));
  const child = spawn(program, args, { stdio: "inherit", env });
  const stopPassing = passSignals(child);
  const { code, signal, error } = await new Promise<{
    code: number | null;
    signal: NodeJS.Signals | null;
    error?: NodeJS.ErrnoException;
  }>((resolve) => {
    child.once("error", (problem) => resolve({ code: null, signal: null, error: problem }));
    child.once("exit", (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  stopPassing();
  if (error !== undefined) {
    // As shells do: 127 there is no such program, 126 it cannot be run.
    const missing = error.code === "ENOENT";
    console.error(`hotspan: ${program}: ${missing ? "command not found" : error.message}`);
    return missing ? 127 : 126;
  }
  if (signal !== null) {
    process.kill(process.pid, signal);
    // The signal is delivered by the time of the next turn, unless it is one that Node ignores.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 128 + constants.signals[signal];
  }
  return code ?? 1;
}

function passSignals(child: ChildProcess): () => void {
  const handlers = PASSED.map((signal) => {
    const handler = (): void => {
      // Ctrl-C at a terminal reaches the program by itself; twice often means "at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}
