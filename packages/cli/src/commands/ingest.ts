import { WINDOW_CONTENT_TYPE } from "@hotspan/wire";
import { readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CliError, EXIT, messageOf } from "../errors.ts";
import { requireRunning } from "../instance/run-file.ts";
import { createProgress } from "../text/progress.ts";

export interface IngestOptions {
  /** Absolute path. */
  readonly folder: string;
  /** Remove each file once it was taken. */
  readonly remove: boolean;
  /** Address of the correlator; else that of the instance running on `data`. */
  readonly correlator?: string;
  /** Absolute path. */
  readonly data: string;
}

/** As the agent names them; the names sort by time. */
const WINDOW_FILE = /\.window\.zst$/;
const AT_ONCE = 4;
const ATTEMPTS = 6;
const LONGEST_WAIT_MS = 10_000;
const NAMED = 10;

interface Refusal {
  readonly name: string;
  readonly reason: string;
}

/**
 * Posts the windows an agent left in a folder, oldest first. Idempotent: the correlator drops what it has already. Resolves to
 * the exit code.
 */
export async function ingest(options: IngestOptions): Promise<number> {
  const { folder, remove } = options;
  const url = `${(options.correlator ?? requireRunning(options.data).ingestUrl).replace(/\/+$/, "")}/v1/profiles`;
  const names = (await list(folder)).filter((name) => WINDOW_FILE.test(name)).toSorted();
  const refused: Refusal[] = [];
  let taken = 0;
  let next = 0;
  const lane = async (tell: (text: string) => void): Promise<void> => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      const path = join(folder, name);
      // The agent may have made room meanwhile.
      const body = await readFile(path).catch(gone);
      if (body === undefined) continue;
      const reason = await post(url, body);
      if (reason === undefined) {
        taken++;
        if (remove) await unlink(path).catch(gone);
      } else refused.push({ name, reason });
      if (process.stderr.isTTY) tell(`${taken + refused.length} of ${names.length}`);
    }
  };
  await createProgress(process.stderr).step(`Windows in ${folder}`, (tell) =>
    Promise.all(Array.from({ length: AT_ONCE }, () => lane(tell))),
  );
  process.stdout.write(`${taken} ${taken === 1 ? "window" : "windows"} taken, ${refused.length} refused.\n`);
  for (const { name, reason } of refused.slice(0, NAMED)) process.stderr.write(`  ${name}: ${reason}\n`);
  if (refused.length > NAMED) process.stderr.write(`  and ${refused.length - NAMED} more\n`);
  return refused.length === 0 ? EXIT.ok : EXIT.failure;
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new CliError("HOTSPAN_CLI_USAGE", `cannot read the folder ${folder}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function gone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

/** Undefined once it was taken, else why it never will be. Throws CliError when nobody takes anything. */
async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const token = process.env["HOTSPAN_TOKEN"];
  for (let attempt = 1; ; attempt++) {
    let response: Response;
    try {
      response = await fetch(url, {
        method: "POST",
        body,
        headers: {
          "content-type": WINDOW_CONTENT_TYPE,
          "content-encoding": "zstd",
          ...(token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` }),
        },
      });
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new CliError("HOTSPAN_CLI_API_UNREACHABLE", `${url} does not answer: ${messageOf(cause)}`, {
        cause: error,
      });
    }
    if (response.ok) {
      await response.body?.cancel();
      return undefined;
    }
    const { detail, code } = await problem(response);
    const said = detail === undefined ? `HTTP ${response.status}` : `${detail} (${code})`;
    switch (response.status) {
      case 400:
      case 413:
      case 422:
      case 426:
        return said;
      case 429:
      case 503:
        if (attempt < ATTEMPTS) {
          const wanted = Number(response.headers.get("retry-after") ?? 1) * 1000;
          await sleep(Math.min(Number.isFinite(wanted) ? wanted : 1000, LONGEST_WAIT_MS));
          continue;
        }
    }
    throw new CliError("HOTSPAN_CLI_INGEST_FAILED", `${url}: ${said}`);
  }
}

async function problem(response: Response): Promise<{ readonly detail?: string; readonly code?: string }> {
  try {
    return (await response.json()) as { detail?: string; code?: string };
  } catch {
    return {};
  }
}
