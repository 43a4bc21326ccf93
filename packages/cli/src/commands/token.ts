import {
  createToken,
  type NewToken,
  readTokens,
  revokeToken,
  type StoredToken,
  TOKENS_FILE,
} from "@hotspan/access";
import { join } from "node:path";
import { EXIT } from "../errors.ts";
import { columns, renderTable } from "../text/table.ts";

export interface TokenOptions {
  /** Absolute path of the data folder. */
  readonly data: string;
  /** Instead of the one in the data folder. */
  readonly file?: string | undefined;
}

export const tokensFileOf = ({ data, file }: TokenOptions): string => file ?? join(data, TOKENS_FILE);

/** Prints the token alone to stdout, so that a script can take it, and what to know about it to stderr. */
export function printNewToken(options: TokenOptions, wanted: NewToken): number {
  const path = tokensFileOf(options);
  const first = readTokens(path) === undefined;
  const { token, secret } = createToken(path, wanted);
  process.stdout.write(`${secret}\n`);
  process.stderr.write(
    `${token.name} (${token.id}) may ${token.scopes.join(", ")}, ${endOf(token)}. This is the only time it is shown: ${path} keeps its digest.\n` +
      (first ? "From now on every request needs a token, from this machine too.\n" : ""),
  );
  return EXIT.ok;
}

export function listTokens(options: TokenOptions, json: boolean, nowMs: number = Date.now()): number {
  const path = tokensFileOf(options);
  const tokens = readTokens(path);
  if (json) {
    const shown = (tokens ?? []).map(({ id, name, scopes, createdAtMs, expiresAtMs }) => ({
      id,
      name,
      scopes,
      createdAt: timeOf(createdAtMs),
      expiresAt: expiresAtMs === undefined ? null : timeOf(expiresAtMs),
      expired: expiresAtMs !== undefined && expiresAtMs <= nowMs,
    }));
    process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
  } else if (tokens === undefined) process.stdout.write(`There is no ${path}: no token was made yet.\n`);
  else if (tokens.length === 0)
    process.stdout.write(`No token is left in ${path}: only HOTSPAN_TOKEN passes.\n`);
  else {
    const rows = tokens.map((token) => [
      token.name,
      token.id,
      token.scopes.join(" "),
      timeOf(token.createdAtMs),
      token.expiresAtMs === undefined
        ? "never"
        : `${timeOf(token.expiresAtMs)}${token.expiresAtMs <= nowMs ? " (expired)" : ""}`,
    ]);
    process.stdout.write(renderTable(columns(["name", "id", "scopes", "created", "expires"], []), rows));
  }
  return EXIT.ok;
}

export function dropToken(options: TokenOptions, nameOrId: string): number {
  const { name, id } = revokeToken(tokensFileOf(options), nameOrId);
  process.stdout.write(`${name} (${id}) is revoked: within a second it is refused.\n`);
  return EXIT.ok;
}

const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

const endOf = ({ expiresAtMs }: StoredToken): string =>
  expiresAtMs === undefined ? "until it is revoked" : `until ${timeOf(expiresAtMs)}`;
