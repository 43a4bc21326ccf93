import { randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CliError, messageOf } from "../errors.ts";
import { isAlive, startMark } from "../process/alive.ts";

interface Owner {
  readonly pid: number;
  readonly mark?: string | undefined;
}

export interface DataLock {
  release(): void;
}

/**
 * Makes this process the only owner of a data folder, creating it (0700: it holds passwords and traces). The lock of a
 * process that is gone, or whose pid belongs to another one now, is taken over.
 * Throws HOTSPAN_CLI_DATA_IN_USE, HOTSPAN_CLI_DATA_UNWRITABLE.
 */
export function lockData(folder: string): DataLock {
  const path = join(folder, "lock");
  const mine = join(folder, `lock.${process.pid}.${randomBytes(4).toString("hex")}`);
  try {
    makeFolder(folder);
    writeFileSync(mine, JSON.stringify({ pid: process.pid, mark: startMark(process.pid) } satisfies Owner));
  } catch (cause) {
    try {
      rmSync(mine, { force: true });
    } catch {
      // It was never there.
    }
    const full = (cause as NodeJS.ErrnoException).code === "ENOSPC";
    throw new CliError(
      "HOTSPAN_CLI_DATA_UNWRITABLE",
      `the data folder ${folder} cannot be written (${messageOf(cause)}): ${full ? "make room there, or " : ""}choose another with --data`,
      { cause },
    );
  }
  try {
    for (;;) {
      try {
        // link fails when the name exists and brings the content with it: no moment with an empty lock.
        linkSync(mine, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const text = read(path);
      if (text === undefined) continue;
      const owner = parse(text);
      if (owner !== undefined && owns(owner)) throw inUse(folder, owner.pid);
      // Two may find the same dead lock: whoever moves away a living one (it came in between) puts it back.
      const stale = `${mine}.stale`;
      try {
        renameSync(path, stale);
      } catch {
        continue;
      }
      if (read(stale) !== text) linkSync(stale, path);
      rmSync(stale, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** As `mkdir -p`. Node's own never returns where mkdir fails with ENOENT in a folder that is there, as in /proc. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(folder).isDirectory()) return;
    if (code !== "ENOENT" || existsSync(dirname(folder))) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

function parse(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    return typeof owner.pid === "number" ? { pid: owner.pid, mark: owner.mark } : undefined;
  } catch {
    return undefined;
  }
}

function owns({ pid, mark }: Owner): boolean {
  if (!isAlive(pid)) return false;
  const now = startMark(pid);
  return mark === undefined || now === undefined || mark === now;
}

function inUse(folder: string, pid: number): CliError {
  return new CliError(
    "HOTSPAN_CLI_DATA_IN_USE",
    `another Hotspan (pid ${pid}) uses ${folder}: stop it with \`kill ${pid}\`, or choose another folder with --data`,
  );
}
