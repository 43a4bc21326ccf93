import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSourceMap, type ScriptFacts } from "./load.ts";
import { type Position, originalPositions } from "./positions.ts";

export interface ScriptQuestion {
  /** Absolute path. */
  readonly script: string;
  readonly positions: readonly Position[];
}

export interface MappedFrame extends Position {
  readonly file: string;
  readonly name: string | undefined;
}

export interface ScriptAnswer {
  /** One for each position; undefined where the map says nothing. */
  readonly frames: readonly (MappedFrame | undefined)[];
  readonly debugId: string | undefined;
}

const MOST_BYTES_KEPT = 64 << 20;

/** Reads maps of scripts that are asked for, and keeps those that were used last. */
export class SourceMapResolver {
  readonly #scripts = new Map<string, ScriptFacts>();
  #bytes = 0;

  async answer({ script, positions }: ScriptQuestion): Promise<ScriptAnswer> {
    const { loaded, debugId } = await this.#facts(script);
    if (loaded === undefined) return { frames: positions.map(() => undefined), debugId };
    const frames = originalPositions(loaded.map, positions).map((original) =>
      original === undefined ? undefined : { ...original, file: sourceFile(original.source, loaded.folder) },
    );
    return { frames, debugId };
  }

  async #facts(script: string): Promise<ScriptFacts> {
    const known = this.#scripts.get(script);
    this.#scripts.delete(script);
    let facts = known;
    if (facts === undefined) {
      facts = await loadSourceMap(script).catch(() => ({ loaded: undefined, debugId: undefined }));
      this.#bytes += facts.loaded?.bytes ?? 0;
    }
    // The last one asked for stands at the end; the first ones go.
    this.#scripts.set(script, facts);
    for (const [oldest, { loaded }] of this.#scripts) {
      if (this.#bytes <= MOST_BYTES_KEPT || oldest === script) break;
      this.#scripts.delete(oldest);
      this.#bytes -= loaded?.bytes ?? 0;
    }
    return facts;
  }
}

/** `webpack://shop/./src/cart.ts` and the like are relative to the project, others to the map. */
export function sourceFile(source: string, folder: string): string {
  const virtual = /^(?:webpack|turbopack|webpack-internal|rollup|vite):\/\/[^/]*\/(?:\.\/)?(.*)$/.exec(
    source,
  );
  if (virtual?.[1] !== undefined) return virtual[1].replace(/^\[project\]\//, "");
  try {
    if (source.startsWith("file:")) return fileURLToPath(source);
  } catch {
    return source;
  }
  if (source.startsWith("/") || /^[a-z][a-z0-9+.-]+:/i.test(source)) return source;
  return join(folder, source);
}
