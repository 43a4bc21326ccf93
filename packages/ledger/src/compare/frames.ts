import type { VectorFrame } from "./vector.ts";

export function frameKey(frame: {
  readonly function: string;
  readonly package: string | null;
  readonly file: string | null;
}): string {
  return `${frame.function}\0${frame.package ?? ""}\0${frame.file ?? ""}`;
}

/** Small numbers for frames. The first frame seen with a key stands for all; `spans` are sorted, so it is always the same. */
export class FrameIndex {
  readonly frames: VectorFrame[] = [];
  /** By function name, as few frames share one: no key has to be built for each of millions of frames. */
  readonly #byName = new Map<string, number[]>();

  idOf(frame: VectorFrame): number {
    let same = this.#byName.get(frame.function);
    if (same === undefined) this.#byName.set(frame.function, (same = []));
    for (const id of same) {
      const known = this.frames[id]!;
      if (known.package === frame.package && known.file === frame.file) return id;
    }
    const id = this.frames.length;
    this.frames.push(frame);
    same.push(id);
    return id;
  }
}

export function isOwnCode(frame: VectorFrame): boolean {
  return frame.kind === undefined || frame.kind === "app";
}

/** Functions without a name are called thus by the sampler. */
export function isNameless({ function: name }: { readonly function?: string }): boolean {
  return name === "(anonymous)" || name === "";
}

/** Node and V8 themselves: what is called of them is in their documentation, what that calls is not. */
function isPlatform({ kind }: VectorFrame): boolean {
  return kind === "node" || kind === "v8" || kind === "native";
}

/**
 * A stack without what happens inside Node and V8 below a call from outside: `spawn` < `spawnSync` < `execFileSync` <
 * `archive` is `execFileSync` < `archive`. Frames that nobody outside called, as those of the event loop, stay.
 * @param path frame ids, top of the stack first.
 */
export function withoutInternals(path: readonly number[], frames: readonly VectorFrame[]): readonly number[] {
  const platform = path.map((id) => isPlatform(frames[id]!));
  const lastOutside = platform.lastIndexOf(false);
  return path.filter((_, i) => i > lastOutside || !platform[i] || !platform[i + 1]);
}
