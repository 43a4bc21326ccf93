/**
 * 64-bit hashes as two unsigned 32-bit lanes: no bigint in the loop over frames. Hashes are stored (`StackHash`), so this
 * arithmetic is part of the store's format: changing it splits every stack in two.
 */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

const seed: Hash64 = { high: 0x5bd1e995, low: 0x27d4eb2f };

/** The hash of no frames: what a chain starts with. */
export const EMPTY_STACK: Hash64 = seed;

/** Hash of a text by its UTF-16 units. */
export function hashText(text: string): Hash64 {
  let high = seed.high ^ text.length;
  let low = seed.low;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    high = (high << 13) | (high >>> 19);
    low = Math.imul(low ^ unit, 0x85ebca77);
    low ^= low >>> 15;
  }
  return mix(high, low, text.length, 0x165667b1);
}

/** Hash of a function from those of its texts. */
export function hashFunction(name: Hash64, file: Hash64, packageName: Hash64): Hash64 {
  const named = mix(name.high, name.low, file.high, file.low);
  return mix(named.high, named.low, packageName.high, packageName.low);
}

/** Hash of a frame: of a line of a function. */
export function hashFrame(ofFunction: Hash64, line: number, column: number): Hash64 {
  return mix(ofFunction.high, ofFunction.low, line, column);
}

/** Hash of a stack, frame by frame from the root, O(1) a frame, without an object per step (which cost half the decoding). */
export class StackHasher {
  high: number = EMPTY_STACK.high;
  low: number = EMPTY_STACK.low;

  reset(): void {
    this.high = EMPTY_STACK.high;
    this.low = EMPTY_STACK.low;
  }

  /** Takes in the next frame towards the leaf. */
  add(frameHigh: number, frameLow: number): void {
    let x = Math.imul(((this.high << 5) | (this.high >>> 27)) ^ frameHigh, 0x9e3779b1);
    x ^= x >>> 15;
    let y = Math.imul(((this.low << 11) | (this.low >>> 21)) ^ frameLow, 0x85ebca77);
    y ^= y >>> 13;
    x = (x + Math.imul(y, 0xc2b2ae3d)) | 0;
    x ^= x >>> 16;
    y = (y + Math.imul(x, 0x27d4eb2f)) | 0;
    y ^= y >>> 14;
    x = (x + ((y << 9) | (y >>> 23))) | 0;
    this.high = x >>> 0;
    this.low = y >>> 0;
  }
}

/**
 * One round: the state (a, b) takes in (c, d). Multiplications by odd constants, xor-shifts and a Feistel step at the end:
 * for fixed (c, d) a bijection of the state, so equal suffixes never merge different stacks by themselves.
 */
export function mix(a: number, b: number, c: number, d: number): Hash64 {
  mixer.high = a;
  mixer.low = b;
  mixer.add(c, d);
  return { high: mixer.high, low: mixer.low };
}

const mixer = new StackHasher();
