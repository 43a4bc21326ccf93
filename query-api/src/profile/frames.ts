import type { Frame } from "../types.ts";

export type FrameKind = Frame["kind"];

/**
 * Frames under small integers, each kept once. A frame is its function, file, line, package and kind: line is where the
 * function begins, so two functions of one name in one file (methods, arrows) stay apart.
 */
export class FrameTable {
  readonly frames: Frame[] = [];
  readonly #ids = new Map<string, number>();

  get size(): number {
    return this.frames.length;
  }

  /** Empty text and line 0 mean unknown. */
  intern(fn: string, file: string, line: number, pkg: string, kind: FrameKind): number {
    const key = `${fn}\0${file}\0${line}\0${pkg}\0${kind}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.frames.length;
    this.frames.push({
      function: fn === "" ? "(anonymous)" : fn,
      file: file === "" ? null : file,
      line: line === 0 ? null : line,
      package: pkg === "" ? null : pkg,
      kind,
    });
    this.#ids.set(key, id);
    return id;
  }
}

/** What a filter's pattern is matched against. */
export function frameText(frame: Frame): string {
  return `${frame.package ?? ""}/${frame.function} ${frame.file ?? ""}`;
}

/** Samples that share a stack and, when they were read by span, an owner. */
export interface StackSample {
  /** Frame ids, leaf first. */
  readonly stack: ArrayLike<number>;
  /** Wall ns; of heap types bytes. */
  readonly wall: number;
  readonly cpu: number;
  readonly samples: number;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}

/** What all output formats are made from. */
export interface SampleSet {
  readonly type: "wall" | "cpu" | "loop_hold" | "heap_inuse" | "heap_alloc";
  readonly frames: readonly Frame[];
  readonly stacks: readonly StackSample[];
  readonly periodNano: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Stacks beyond the reading limit are one frame `other`. */
  readonly truncated: boolean;
}

export function valueOf(set: Pick<SampleSet, "type">, sample: StackSample): number {
  return set.type === "cpu" ? sample.cpu : sample.wall;
}

export function unitOf(type: SampleSet["type"]): "nanoseconds" | "bytes" {
  return type === "heap_inuse" || type === "heap_alloc" ? "bytes" : "nanoseconds";
}
