import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RawSourceMap } from "./positions.ts";

/** Beyond that a script or map is left alone. */
const MOST_BYTES = 100 << 20;

export interface LoadedMap {
  readonly map: RawSourceMap;
  /** What its sources are relative to. */
  readonly folder: string;
  readonly bytes: number;
}

export interface ScriptFacts {
  readonly loaded: LoadedMap | undefined;
  /** The id that ties a script to its map wherever that lies: `//# debugId=`, https://github.com/tc39/ecma426. */
  readonly debugId: string | undefined;
}

/** The map a script names, beside it or within it. Never one from the network. */
export async function loadSourceMap(script: string): Promise<ScriptFacts> {
  const code = await readText(script);
  if (code === undefined) return { loaded: undefined, debugId: undefined };
  const debugId = lastMatch(code, "debugId")?.toLowerCase();
  const url = lastMatch(code, "sourceMappingURL");
  return { loaded: url === undefined ? undefined : await follow(url, script), debugId };
}

async function follow(url: string, script: string): Promise<LoadedMap | undefined> {
  const folder = dirname(script);
  if (url.startsWith("data:")) {
    const comma = url.indexOf(",");
    const base64 = url.slice(0, comma).endsWith(";base64");
    const text = base64
      ? Buffer.from(url.slice(comma + 1), "base64").toString()
      : decodeURIComponent(url.slice(comma + 1));
    return parse(text, folder);
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(url) && !url.startsWith("file:")) return undefined;
  const path = url.startsWith("file:") ? fileURLToPath(url) : decodeURI(url);
  const file = isAbsolute(path) ? path : join(folder, path);
  const text = await readText(file);
  return text === undefined ? undefined : parse(text, dirname(file));
}

function parse(text: string, folder: string): LoadedMap {
  // Some servers' guard against being loaded as a script.
  const map = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ""), (key, value: unknown) =>
    // The bulk of a map, and of no use here.
    key === "sourcesContent" ? undefined : value,
  ) as RawSourceMap;
  return { map, folder, bytes: text.length };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    return size > MOST_BYTES ? undefined : await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The value of the last `//# name=value` that begins a line. */
function lastMatch(code: string, name: string): string | undefined {
  for (let end = code.length; ; ) {
    const at = Math.max(code.lastIndexOf(`//# ${name}=`, end), code.lastIndexOf(`//@ ${name}=`, end));
    if (at < 0) return undefined;
    if (at === 0 || code[at - 1] === "\n") {
      const line = code.slice(at + 5 + name.length).match(/^\S+/);
      return line?.[0];
    }
    if (at === 0) return undefined;
    end = at - 1;
  }
}
