import { type ChildProcess, spawn } from "node:child_process";

export interface Guarded {
  readonly pid: number;
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
  readonly hasEnded: () => boolean;
  /** Does nothing when the program has ended. */
  readonly kill: (signal: NodeJS.Signals) => void;
}

// The shell reads from a pipe whose other end only the parent holds. However the parent ends (SIGKILL too), the kernel
// closes that end, `read` returns, and the program is killed. Without job control a background job's stdin is
// /dev/null, hence descriptor 4.
const guard = `
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
program=$!
echo "$program" >&3
( read -r _ <&4; kill -9 "$program" ) >/dev/null 2>&1 3>&- &
watcher=$!
exec 4<&- 3>&-
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`;

/**
 * Starts a program that does not outlive this process. In a session of its own: a Ctrl-C at the terminal reaches the
 * parent alone, which then ends things in its own order.
 */
export async function startGuarded(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly output: number },
): Promise<Guarded> {
  const shell = spawn("sh", ["-c", guard, "sh", command, ...args], {
    cwd: options.cwd,
    detached: true,
    stdio: ["pipe", options.output, options.output, "pipe"],
  });
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      shell.stdin?.destroy();
      resolve();
    };
    shell.once("exit", end);
    shell.once("error", end);
  });
  // Writing to the guard after its end is no event of interest.
  shell.stdin?.on("error", () => undefined);
  const pid = await readPid(shell);
  const kill = (signal: NodeJS.Signals): void => {
    if (over) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It has ended, and the guard has not told yet.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  return { pid, ended, hasEnded: () => over, kill };
}

function readPid(shell: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    shell.once("error", reject);
    shell.once("exit", () => {
      reject(new Error("the guard shell ended before it started the program"));
    });
    shell.stdio[3]?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) resolve(Number(text));
    });
  });
}
