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
  readonly #byKey = new Map<string, number>();
  /** Frames are mostly shared objects: most look-ups need no string. */
  readonly #byObject = new Map<VectorFrame, number>();

  idOf(frame: VectorFrame): number {
    const known = this.#byObject.get(frame);
    if (known !== undefined) return known;
    const key = frameKey(frame);
    let id = this.#byKey.get(key);
    if (id === undefined) {
      id = this.frames.length;
      this.frames.push(frame);
      this.#byKey.set(key, id);
    }
    this.#byObject.set(frame, id);
    return id;
  }
}

export function isOwnCode(frame: VectorFrame): boolean {
  return frame.kind === undefined || frame.kind === "app";
}
