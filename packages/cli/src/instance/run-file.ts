import { readRunFile, type RunFile } from "@hotspan/store";
import { CliError } from "../errors.ts";
import { isAlive } from "../process/alive.ts";

/** The run file of a living instance; undefined when its supervisor is gone. */
export function readLiving(data: string): RunFile | undefined {
  const run = readRunFile(data);
  const pid = run?.pids["supervisor"];
  return pid !== undefined && isAlive(pid) ? run : undefined;
}

/** As `readLiving`, but throws HOTSPAN_CLI_NOT_RUNNING. */
export function requireRunning(data: string): RunFile {
  const run = readLiving(data);
  if (run !== undefined) return run;
  throw new CliError(
    "HOTSPAN_CLI_NOT_RUNNING",
    `no Hotspan runs on ${data}: start one with \`npx hotspan up\`, or name its folder with --data`,
  );
}

/** The processes that a run file left behind by a killed instance names. */
export function leftoverPids(data: string): readonly number[] {
  try {
    return Object.values(readRunFile(data)?.pids ?? {});
  } catch {
    // A damaged file names nobody; the next start replaces it.
    return [];
  }
}
