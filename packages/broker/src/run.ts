import { spawn } from "node:child_process";

export interface Finished {
  /** undefined when the program could not be started, or a signal ended it. */
  readonly code: number | undefined;
  /** stdout and stderr together, at most the last 8 kB. */
  readonly output: string;
}

/** Runs a program to its end. Never throws: a missing program is `code: undefined`. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly onLine?: (line: string) => void } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const take = (chunk: Buffer): void => {
      const text = chunk.toString("utf8");
      output = (output + text).slice(-8192);
      for (const line of text.split("\n")) if (line !== "") options.onLine?.(line);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", (error) => {
      resolve({ code: undefined, output: error.message });
    });
    child.once("close", (code) => {
      resolve({ code: code ?? undefined, output });
    });
  });
}
