import type { Limits, Pprof } from "@hotspan/wire";
import { WireError } from "@hotspan/wire";
import { classifyFrame, type FrameClass } from "./frames.ts";
import { type Hash64, hashFrame, hashText, StackHasher } from "./hash.ts";
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
    const size = frames.sizeOf(ref - 1);
    total += size.frames;
    bytes += size.bytes;
    if (total > limits.frames || bytes > limits.frameBytes) {
      throw new WireError(
        "HOTSPAN_WIRE_TOO_MANY_FRAMES",
        `${total} frames of ${bytes} bytes in distinct stacks`,
      );
    }
  }
  return { index, ofSample, frames: (stack) => frames.of(sampleOf[stack] as number) };
}

interface FunctionFacts extends FrameClass {
  readonly function: string;
  readonly file: string;
  readonly nameHash: Hash64;
  readonly fileHash: Hash64;
  readonly packageHash: Hash64;
  readonly bytes: number;
}

/** Frames of a pprof section, decoded and hashed when first asked for. */
class FrameTable {
  readonly #pprof: Pprof;
  readonly #functions: (FunctionFacts | undefined)[] = [];
  /** Per line: whether it was hashed, and its hash. */
  readonly #hashed: Uint8Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #hasher = new StackHasher();

  constructor(pprof: Pprof) {
    const lines = pprof.lineFunction.length;
    this.#pprof = pprof;
    this.#hashed = new Uint8Array(lines);
    this.#high = new Uint32Array(lines);
    this.#low = new Uint32Array(lines);
  }

  /** The result is valid until the next call. */
  hashOf(sample: number): Readonly<Hash64> {
    const { sampleStart, sampleLocations, lineStart } = this.#pprof;
    const hasher = this.#hasher;
    hasher.reset();
    const first = sampleStart[sample] as number;
    for (let l = (sampleStart[sample + 1] as number) - 1; l >= first; l--) {
      const location = sampleLocations[l] as number;
      const innermost = lineStart[location] as number;
      for (let line = (lineStart[location + 1] as number) - 1; line >= innermost; line--) {
        if (this.#hashed[line] === 0) this.#hash(line);
        hasher.add(this.#high[line] as number, this.#low[line] as number);
      }
    }
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

  sizeOf(sample: number): { frames: number; bytes: number } {
    let frames = 0;
    let bytes = 0;
    this.#lines(sample, (line) => {
      frames++;
      bytes += this.#function(line).bytes;
    });
    return { frames, bytes };
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
    const hash = hashFrame(
      facts.nameHash,
      facts.fileHash,
      facts.packageHash,
      lineNumber[line] as number,
      lineColumn[line] as number,
    );
    this.#hashed[line] = 1;
    this.#high[line] = hash.high;
    this.#low[line] = hash.low;
  }

  #function(line: number): FunctionFacts {
    const pprof = this.#pprof;
    const id = pprof.lineFunction[line] as number;
    const known = this.#functions[id];
    if (known !== undefined) return known;
    const name = pprof.string(pprof.functionName[id] as number);
    const file = pprof.string(pprof.functionFile[id] as number);
    const kind = classifyFrame(name, file);
    const facts: FunctionFacts = {
      ...kind,
      function: name,
      file,
      nameHash: hashText(name),
      fileHash: hashText(file),
      packageHash: hashText(kind.package),
      bytes: name.length + file.length + kind.package.length + 20,
    };
    this.#functions[id] = facts;
    return facts;
  }
}
