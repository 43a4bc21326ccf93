// Stacks of a simulated program: they share trunks, and a few of them take most of the ticks.
import { type Frame, Random } from "@hotspan/wire/testing";

const STACKS = 250;
const DEPTH = 30;

export class Code {
  readonly #stacks: readonly (readonly Frame[])[];
  readonly #cumulated: readonly number[];

  constructor(service: string, name: string) {
    const random = new Random(
      Buffer.from(`${service}/${name}`).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7),
    );
    const frame = (): Frame => {
      const n = random.below(1200);
      const file =
        n % 3 === 0
          ? `node_modules/library-${n % 40}/lib/file-${n % 7}.js`
          : n % 11 === 0
            ? `node:internal/module-${n % 12}`
            : `src/${name.split(".")[0]}/file-${n % 20}.js`;
      return {
        name: `${name.split(".").at(-1)}_${n}`,
        file,
        line: 1 + random.below(900),
        column: 1 + random.below(80),
      };
    };
    const list = (length: number): Frame[] => Array.from({ length }, frame);
    // Root first; each branches off an earlier one.
    const stacks = [list(8)];
    while (stacks.length < STACKS) {
      const length = Math.max(8, Math.round(DEPTH + (random.fraction() + random.fraction() - 1) * 30));
      const base = random.pick(stacks);
      const shared = base.slice(
        0,
        Math.min(base.length - 1, Math.round(length * (0.5 + 0.45 * random.fraction()))),
      );
      stacks.push([...shared, ...list(Math.max(1, length - shared.length))]);
    }
    this.#stacks = stacks.map((stack) => stack.toReversed());
    let sum = 0;
    this.#cumulated = stacks.map((_, i) => (sum += 1 / (i + 1)));
  }

  /** Leaf first. By Zipf's law. */
  pick(random: Random): readonly Frame[] {
    const wanted = random.fraction() * (this.#cumulated.at(-1) ?? 0);
    let low = 0;
    let high = this.#stacks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cumulated[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#stacks[low] ?? [];
  }
}

export const GC: readonly Frame[] = [{ name: "(garbage collector)", file: "", line: 0, column: 0 }];
export const PROGRAM: readonly Frame[] = [{ name: "(program)", file: "", line: 0, column: 0 }];
