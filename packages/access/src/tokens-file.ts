import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AccessError } from "./errors.ts";
import { isScope, type Scope } from "./scopes.ts";
import { digestOf, newSecret } from "./token.ts";

/** Its name in a data folder. */
export const TOKENS_FILE = "tokens.json";

/** A token as the file knows it: its secret cannot be told from that. */
export interface StoredToken {
  /** 8 hex digits: in logs, and to revoke it. */
  readonly id: string;
  /** Unique within the file. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
  readonly createdAtMs: number;
  /** Absent: it does not expire. */
  readonly expiresAtMs?: number | undefined;
}

export type NewToken = Pick<StoredToken, "name" | "scopes" | "expiresAtMs">;

export interface CreatedToken {
  readonly token: StoredToken;
  /** What its bearer sends. It stands nowhere else. */
  readonly secret: string;
}

/** The tokens of the file, undefined when there is none. Throws HOTSPAN_ACCESS_FILE_UNREADABLE. */
export function readTokens(path: string): readonly StoredToken[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, (cause as Error).message, cause);
  }
  let file: { readonly version?: unknown; readonly tokens?: unknown };
  try {
    file = JSON.parse(text) as typeof file;
  } catch (cause) {
    throw unreadable(path, "it is not JSON", cause);
  }
  if (file?.version !== 1) throw unreadable(path, "it is not of version 1");
  if (!Array.isArray(file.tokens) || !file.tokens.every(isToken))
    throw unreadable(path, "its list of tokens is damaged");
  return file.tokens;
}

/** Adds a token; the file is made if there is none. Throws HOTSPAN_ACCESS_NAME_TAKEN and those of `readTokens`. */
export function createToken(path: string, wanted: NewToken, nowMs: number = Date.now()): CreatedToken {
  return alone(path, () => {
    const tokens = readTokens(path) ?? [];
    if (tokens.some(({ name, id }) => name === wanted.name || id === wanted.name))
      throw new AccessError("HOTSPAN_ACCESS_NAME_TAKEN", `there is a token called ${wanted.name} already`);
    const secret = newSecret();
    const token: StoredToken = {
      id: randomBytes(4).toString("hex"),
      name: wanted.name,
      scopes: [...new Set(wanted.scopes)],
      sha256: digestOf(secret).toString("hex"),
      createdAtMs: nowMs,
      ...(wanted.expiresAtMs === undefined ? {} : { expiresAtMs: wanted.expiresAtMs }),
    };
    write(path, [...tokens, token]);
    return { token, secret };
  });
}

/** Removes the token with that name or id, and says which it was. Throws HOTSPAN_ACCESS_NO_TOKEN and those of `readTokens`. */
export function revokeToken(path: string, nameOrId: string): StoredToken {
  return alone(path, () => {
    const tokens = readTokens(path) ?? [];
    const found = tokens.find(({ name, id }) => name === nameOrId || id === nameOrId);
    if (found === undefined)
      throw new AccessError("HOTSPAN_ACCESS_NO_TOKEN", `no token is called ${nameOrId}`);
    // An empty list is kept: without the file everybody on this machine might pass.
    write(
      path,
      tokens.filter((one) => one !== found),
    );
    return found;
  });
}

function isToken(value: unknown): value is StoredToken {
  const { id, name, scopes, sha256, createdAtMs, expiresAtMs } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof id === "string" &&
    typeof name === "string" &&
    Array.isArray(scopes) &&
    scopes.every((one) => typeof one === "string" && isScope(one)) &&
    typeof sha256 === "string" &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof createdAtMs === "number" &&
    (expiresAtMs === undefined || typeof expiresAtMs === "number")
  );
}

function unreadable(path: string, why: string, cause?: unknown): AccessError {
  return new AccessError("HOTSPAN_ACCESS_FILE_UNREADABLE", `the tokens of ${path} cannot be read: ${why}`, {
    cause,
  });
}

/** Appears as a whole or not at all, readable by its owner only. */
function write(path: string, tokens: readonly StoredToken[]): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(temporary, `${JSON.stringify({ version: 1, tokens }, undefined, 2)}\n`, {
      mode: 0o600,
      flag: "wx",
    });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** An edit takes milliseconds; a lock this old was left behind. */
const STALE_LOCK_MS = 10_000;

/** Of two edits at once one is refused, or it would undo the other. */
function alone<T>(path: string, edit: () => T): T {
  const lock = `${path}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > STALE_LOCK_MS)
    rmSync(lock, { force: true });
  try {
    writeFileSync(lock, "", { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new AccessError(
      "HOTSPAN_ACCESS_FILE_BUSY",
      `${path} is being edited by another command: try again`,
      {
        cause,
      },
    );
  }
  try {
    return edit();
  } finally {
    rmSync(lock, { force: true });
  }
}
