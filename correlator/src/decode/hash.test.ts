import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_STACK, type Hash64, hashFrame, hashFunction, hashText, mix, StackHasher } from "./hash.ts";
import { HashIndex } from "./hash-index.ts";

const chain = (...frames: readonly Hash64[]): Hash64 => {
  const hasher = new StackHasher();
  for (const { high, low } of frames) hasher.add(high, low);
  return { high: hasher.high, low: hasher.low };
};
const word = fc.nat(0xffff_ffff);
const hex = ({ high, low }: Hash64): string =>
  high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");

describe("Stack hashes", () => {
  it("are part of the stored format: these never change", () => {
    expect(hex(hashText(""))).toBe("464729d4c9dd8b5a");
    expect(hex(hashText("node_modules/fastify/lib/route.js"))).toBe("4c6b38a413f8e9f1");
    const frame = hashFrame(hashFunction(hashText("parse"), hashText("src/cart.js"), hashText("")), 12, 7);
    expect(hex(chain(frame, frame))).toBe("2db853a7bdc492fc");
  });

  it("are unsigned 32-bit lanes", () => {
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        for (const lane of Object.values(mix(a, b, c, d))) expect(lane >>> 0).toBe(lane);
      }),
      { seed: 1 },
    );
  });

  it("differ for each of a million stacks, in 64 bits", () => {
    const index = new HashIndex(1 << 20);
    const texts = Array.from({ length: 1000 }, (_, i) => hashText(`f${i}`));
    for (const name of texts) {
      for (let line = 0; line < 1000; line++) {
        const { high, low } = chain(hashFrame(hashFunction(name, EMPTY_STACK, EMPTY_STACK), line, 0));
        index.add(high, low);
      }
    }
    expect(index.size).toBe(1_000_000);
  });

  it("change half of their bits with any bit of any input", () => {
    const bits = (x: number): number => {
      let count = 0;
      for (let rest = x >>> 0; rest !== 0; rest &= rest - 1) count++;
      return count;
    };
    let changed = 0;
    let cases = 0;
    const base = [0x12345678, 0x9abcdef0, 42, 7];
    for (let lane = 0; lane < 4; lane++) {
      for (let bit = 0; bit < 32; bit++) {
        const other = base.map((value, i) => (i === lane ? (value ^ (1 << bit)) >>> 0 : value));
        const a = mix(...(base as [number, number, number, number]));
        const b = mix(...(other as [number, number, number, number]));
        changed += bits(a.high ^ b.high) + bits(a.low ^ b.low);
        cases++;
      }
    }
    expect(changed / cases / 64).toBeGreaterThan(0.4);
    expect(changed / cases / 64).toBeLessThan(0.6);
  });

  it("depend on the order of frames", () => {
    const [a, b] = [hashText("a"), hashText("b")];
    expect(chain(a, b)).not.toEqual(chain(b, a));
  });
});

describe("HashIndex", () => {
  it("numbers hashes as a Map of both lanes would", () => {
    const lane = fc.oneof(fc.nat(7), word);
    fc.assert(
      fc.property(fc.array(fc.tuple(lane, lane), { maxLength: 200 }), (hashes) => {
        const index = new HashIndex(1);
        const map = new Map<string, number>();
        for (const [high, low] of hashes) {
          const key = `${high}/${low}`;
          expect(index.has(high, low)).toBe(map.has(key));
          if (!map.has(key)) map.set(key, map.size);
          expect(index.add(high, low)).toBe(map.get(key));
        }
        expect(index.size).toBe(map.size);
      }),
      { seed: 2 },
    );
  });
});
