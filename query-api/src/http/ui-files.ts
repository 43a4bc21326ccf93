// The built UI, read once. A rebuild replaces files that have hashes in their names: a server that read them on demand would send a
// page that names scripts which are gone, and would hand the pages of one build to scripts of another.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

export interface UiFile {
  readonly type: string;
  readonly body: Buffer;
  /** Undefined where it would save nothing. */
  readonly gzipped: Buffer | undefined;
  /** A quoted hash of the content. */
  readonly etag: string;
}

export interface UiFiles {
  /** index.html, with `<base>`. */
  readonly page: UiFile;
  /** All others, by their path below the folder, with slashes. */
  readonly files: ReadonlyMap<string, UiFile>;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const compress = promisify(gzip);

async function fileOf(path: string, body: Buffer): Promise<UiFile> {
  const gzipped = await compress(body);
  return {
    type: types[extname(path)] ?? "application/octet-stream",
    body,
    gzipped: gzipped.length < 0.9 * body.length ? gzipped : undefined,
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
  };
}

/** The page with `<base>`, so that one build works under any path. */
export const withBase = (html: string, basePath: string): string =>
  html.replace(/<head([^>]*)>/i, `<head$1><base href="${basePath}/">`);

/** Paths below the folder that its page asks for. */
const named = (html: string): string[] =>
  [...html.matchAll(/(?:src|href)="\.\/([^"?#]+)"/g)].map(([, path = ""]) => path);

/** A build beside us takes some ten milliseconds to replace its files. */
const TRIES = 5;
const WAIT_MS = 200;

/** Throws where the folder holds no page, or not all that its page names. */
export async function readUi(folder: string, basePath: string): Promise<UiFiles> {
  for (let left = TRIES; ; left--) {
    try {
      return await readOnce(folder, basePath);
    } catch (error) {
      if (left === 1) throw error;
      await wait(WAIT_MS);
    }
  }
}

async function readOnce(folder: string, basePath: string): Promise<UiFiles> {
  const html = await readFile(join(folder, "index.html"), "utf8");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, UiFile>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).replaceAll(sep, "/");
    if (entry.isFile() && name !== "index.html") files.set(name, await fileOf(name, await readFile(path)));
  }
  const missing = named(html).find((name) => !files.has(name));
  if (missing !== undefined) throw new Error(`The page names ${missing}, which is not there.`);
  return { page: await fileOf("index.html", Buffer.from(withBase(html, basePath))), files };
}
