import { createHash, createHmac, randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../errors.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface StoreCredentials {
  readonly writer: Credentials;
  readonly reader: Credentials;
  /** Reads all but attributes. */
  readonly sql: Credentials;
}

export const writerUser = "hotspan_writer";
export const readerUser = "hotspan_reader";
export const sqlUser = "hotspan_sql";

/**
 * The passwords of a data folder: made on its first start, kept in `credentials.json` (0600) and the same ever after,
 * so that a restart does not lock out a Grafana that was set up once.
 */
export function storeCredentials(dataDir: string): StoreCredentials {
  const path = join(dataDir, "credentials.json");
  for (;;) {
    const existing = read(path);
    if (existing !== undefined) return existing;
    const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
    writeFileSync(temporary, JSON.stringify({ writer: newPassword(), reader: newPassword() }), {
      mode: 0o600,
    });
    try {
      // link, not rename: of two first starts at once exactly one decides.
      linkSync(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

function read(path: string): StoreCredentials | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let stored: { writer?: unknown; reader?: unknown } = {};
  try {
    stored = JSON.parse(text) as typeof stored;
  } catch {
    // Reported below, with the file's name.
  }
  if (typeof stored.writer !== "string" || typeof stored.reader !== "string") {
    throw new StoreError(
      "HOTSPAN_STORE_DATA_UNREADABLE",
      `${path} is damaged. Delete it: new passwords are made at the next start, the data stays.`,
    );
  }
  return {
    writer: { user: writerUser, password: stored.writer },
    reader: { user: readerUser, password: stored.reader },
    // Whoever has the reader's may do more anyway.
    sql: { user: sqlUser, password: createHmac("sha256", stored.reader).update(sqlUser).digest("base64url") },
  };
}

function newPassword(): string {
  return randomBytes(24).toString("base64url");
}

export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
