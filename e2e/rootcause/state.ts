// Which state of the code a result is of. Documents, tests and recorded results change it not.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const root = new URL("../..", import.meta.url);
const FOLDERS = ["agent", "correlator", "packages", "query-api", "examples", "e2e/rootcause", "e2e/support"];
const NOT_RUN =
  /\.(md|json|zst|test\.tsx?)$|\/(test|testing|fixtures)\/|^e2e\/rootcause\/(report\.ts|null\/)/;

const git = (...args: string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" });

export interface CodeState {
  /** Hash of all sources that take part, committed or not: equal for equal code. */
  readonly code: string;
  /** Short hash of the commit they are of or were changed from. */
  readonly commit: string;
}

export function codeState(): CodeState {
  const files = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...FOLDERS)
    .split("\0")
    .filter((file) => file !== "" && (!NOT_RUN.test(file) || file.endsWith("package.json")))
    .toSorted();
  const hash = createHash("sha256");
  for (const file of files) {
    const content = readIfThere(file);
    if (content !== undefined) hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return { code: hash.digest("hex").slice(0, 12), commit: git("rev-parse", "--short=10", "HEAD").trim() };
}

/** Undefined: deleted, but not yet from the index. */
function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(new URL(file, root));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
