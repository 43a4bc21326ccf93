import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./errors.ts";

/** `DATA/run.json`: where a running instance is. It exists exactly while everything in it answers. */
export interface RunFile {
  /** UI and query API. */
  readonly url: string;
  /** Profiles and OTLP/HTTP. */
  readonly ingestUrl: string;
  readonly clickhouse: {
    readonly httpUrl: string;
    /** Absent for a server of one's own. */
    readonly tcpPort?: number;
    readonly database: string;
    readonly readerUser: string;
    readonly readerPassword: string;
  };
  readonly kafka?: { readonly brokers: string };
  readonly demo?: { readonly services: readonly { readonly name: string; readonly url: string }[] };
  /** Every process of the instance, by its role. */
  readonly pids: Readonly<Record<string, number>>;
}

const fileName = "run.json";

/** Appears as a whole or not at all, readable by its owner only: there is a password in it. */
export function writeRunFile(dataDir: string, run: RunFile): void {
  const path = join(dataDir, fileName);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Undefined when nothing runs on this folder; throws HOTSPAN_STORE_RUN_FILE_INVALID when the file is not one of ours. */
export function readRunFile(dataDir: string): RunFile | undefined {
  const path = join(dataDir, fileName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let run: unknown;
  try {
    run = JSON.parse(text);
  } catch (cause) {
    throw new StoreError("HOTSPAN_STORE_RUN_FILE_INVALID", `${path} is not JSON.`, { cause });
  }
  if (!isRunFile(run)) {
    throw new StoreError(
      "HOTSPAN_STORE_RUN_FILE_INVALID",
      `${path} lacks url, ingestUrl, clickhouse or pids.`,
    );
  }
  return run;
}

export function removeRunFile(dataDir: string): void {
  rmSync(join(dataDir, fileName), { force: true });
}

function isRunFile(value: unknown): value is RunFile {
  if (typeof value !== "object" || value === null) return false;
  const { url, ingestUrl, clickhouse, pids } = value as Partial<Record<keyof RunFile, unknown>>;
  if (typeof url !== "string" || typeof ingestUrl !== "string") return false;
  if (typeof pids !== "object" || pids === null || typeof clickhouse !== "object" || clickhouse === null)
    return false;
  const { httpUrl, database, readerUser, readerPassword } = clickhouse as Record<string, unknown>;
  return [httpUrl, database, readerUser, readerPassword].every((part) => typeof part === "string");
}
