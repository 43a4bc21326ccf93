import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../errors.ts";
import { isAlive } from "../process/alive.ts";

/** `DATA/run.json`: how to reach a running instance. Other programs read it: add fields, never change them. */
export interface RunFile {
  readonly url: string;
  readonly ingestUrl: string;
  readonly clickhouse: {
    readonly httpUrl: string;
    /** Native protocol; absent with --clickhouse, whose native port nobody told us. */
    readonly tcpPort?: number | undefined;
    readonly database: string;
    readonly readerUser: string;
    readonly readerPassword: string;
  };
  readonly kafka?: { readonly brokers: string } | undefined;
  readonly demo?:
    | { readonly services: readonly { readonly name: string; readonly url: string }[] }
    | undefined;
  /** Process ids by name; `supervisor` is the one to signal. */
  readonly pids: Readonly<Record<string, number>>;
}

export const runFilePath = (data: string): string => join(data, "run.json");

/** Readable by its owner alone, and never half-written: it carries a password. */
export function writeRunFile(data: string, run: RunFile): void {
  const path = runFilePath(data);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

export function removeRunFile(data: string): void {
  rmSync(runFilePath(data), { force: true });
}

/** Undefined when there is none or it is not one. */
export function readRunFile(data: string): RunFile | undefined {
  try {
    const run = JSON.parse(readFileSync(runFilePath(data), "utf8")) as Partial<RunFile>;
    const complete = run.url !== undefined && run.ingestUrl !== undefined && run.clickhouse !== undefined;
    return complete && run.pids !== undefined ? (run as RunFile) : undefined;
  } catch {
    return undefined;
  }
}

/** The run file of a living instance. Throws HOTSPAN_CLI_NOT_RUNNING. */
export function requireRunning(data: string): RunFile {
  const run = readRunFile(data);
  const pid = run?.pids["supervisor"];
  if (run !== undefined && pid !== undefined && isAlive(pid)) return run;
  throw new CliError(
    "HOTSPAN_CLI_NOT_RUNNING",
    `no Hotspan runs on ${data}: start one with \`npx hotspan up\`, or name its folder with --data`,
  );
}
