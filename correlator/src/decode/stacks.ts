import type { Limits, Pprof } from "@hotspan/wire";
import { WireError } from "@hotspan/wire";
import type { FrameClass } from "./frames.ts";
import { type FunctionFacts, functionFacts } from "./function-facts.ts";
import { type Hash64, hashFrame, StackHasher } from "./hash.ts";
import { HashIndex } from "./hash-index.ts";

/** One line of code as the stack rows show it. */
export interface Frame extends FrameClass {
  readonly function: string;
  readonly file: string;
  /** 0: unknown. */
  readonly line: number;
  readonly column: number;
}

/** The distinct stacks of a pprof section, numbered as ticks refer to them first. */
export interface Stacks {
  /** Number of stacks and their hashes. */
  readonly index: HashIndex;
  /** Per pprof sample: its stack + 1; 0 if no tick refers to the sample. */
  readonly ofSample: Uint32Array;
  /** Frames of a stack, leaf first. */
  frames(stack: number): Frame[];
}

/**
 * Hashes every stack that `refs` (1-based samples) name. A frame's hash is computed once; a stack's is chained over them
 * from the root, so it depends on nothing but the frames: not on ids, string order or the window.
 * @throws WireError when a reference or a limit is wrong.
 */
export function readStacks(pprof: Pprof, refs: Uint32Array, limits: Limits): Stacks {
  const frames = new FrameTable(pprof);
  const index = new HashIndex(256);
  const ofSample = new Uint32Array(pprof.samples);
  const sampleOf: number[] = [];
  let total = 0;
  let bytes = 0;
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i] as number;
    if (ref === 0) continue;
    if (ref > pprof.samples) {
      throw new WireError(
        "HOTSPAN_WIRE_BAD_REFERENCE",
        `tick ${i} refers to sample ${ref} of ${pprof.samples}`,
      );
    }
    if (ofSample[ref - 1] !== 0) continue;
    const hash = frames.hashOf(ref - 1);
    const before = index.size;
    const stack = index.add(hash.high, hash.low);
    ofSample[ref - 1] = stack + 1;
    if (stack < before) continue;
    sampleOf.push(ref - 1);
    total += frames.lastFrames;
    bytes += frames.lastBytes;
    if (total > limits.frames)
      throw new WireError("HOTSPAN_WIRE_TOO_MANY_FRAMES", `${total} frames in distinct stacks`);
    if (bytes > limits.frameBytes)
      throw new WireError("HOTSPAN_WIRE_FRAMES_TOO_LARGE", `${bytes} bytes of frames in distinct stacks`);
  }
  return { index, ofSample, frames: (stack) => frames.of(sampleOf[stack] as number) };
}

/** Frames of a pprof section, decoded and hashed when first asked for. */
class FrameTable {
  readonly #pprof: Pprof;
  readonly #functions: (FunctionFacts | undefined)[] = [];
  /** Per line: whether it was hashed, and its hash. */
  readonly #hashed: Uint8Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #bytes: Uint32Array;
  readonly #hasher = new StackHasher();
  /** Of the stack that was hashed last: its frames, and about what their texts take. */
  lastFrames = 0;
  lastBytes = 0;

  constructor(pprof: Pprof) {
    const lines = pprof.lineFunction.length;
    this.#pprof = pprof;
    this.#hashed = new Uint8Array(lines);
    this.#high = new Uint32Array(lines);
    this.#low = new Uint32Array(lines);
    this.#bytes = new Uint32Array(lines);
  }

  /** The result is valid until the next call. */
  hashOf(sample: number): Readonly<Hash64> {
    const { sampleStart, sampleLocations, lineStart } = this.#pprof;
    const hasher = this.#hasher;
    hasher.reset();
    let frames = 0;
    let bytes = 0;
    const first = sampleStart[sample] as number;
    for (let l = (sampleStart[sample + 1] as number) - 1; l >= first; l--) {
      const location = sampleLocations[l] as number;
      const innermost = lineStart[location] as number;
      for (let line = (lineStart[location + 1] as number) - 1; line >= innermost; line--) {
        if (this.#hashed[line] === 0) this.#hash(line);
        hasher.add(this.#high[line] as number, this.#low[line] as number);
        frames++;
        bytes += this.#bytes[line] as number;
      }
    }
    this.lastFrames = frames;
    this.lastBytes = bytes;
    return hasher;
  }

  of(sample: number): Frame[] {
    const { lineNumber, lineColumn } = this.#pprof;
    const frames: Frame[] = [];
    this.#lines(sample, (line) => {
      const facts = this.#function(line);
      frames.push({
        function: facts.function,
        file: facts.file,
        line: lineNumber[line] as number,
        column: lineColumn[line] as number,
        package: facts.package,
        kind: facts.kind,
      });
    });
    return frames;
  }

  #lines(sample: number, visit: (line: number) => void): void {
    const { sampleStart, sampleLocations, lineStart } = this.#pprof;
    const end = sampleStart[sample + 1] as number;
    for (let l = sampleStart[sample] as number; l < end; l++) {
      const location = sampleLocations[l] as number;
      const lines = lineStart[location + 1] as number;
      for (let line = lineStart[location] as number; line < lines; line++) visit(line);
    }
  }

  #hash(line: number): void {
    const { lineNumber, lineColumn } = this.#pprof;
    const facts = this.#function(line);
    const hash = hashFrame(facts.hash, lineNumber[line] as number, lineColumn[line] as number);
    this.#hashed[line] = 1;
    this.#high[line] = hash.high;
    this.#low[line] = hash.low;
    this.#bytes[line] = facts.bytes;
  }

  #function(line: number): FunctionFacts {
    const pprof = this.#pprof;
    const id = pprof.lineFunction[line] as number;
    const known = this.#functions[id];
    if (known !== undefined) return known;
    const name = pprof.string(pprof.functionName[id] as number);
    const facts = functionFacts(name, pprof.string(pprof.functionFile[id] as number));
    this.#functions[id] = facts;
    return facts;
  }
}
