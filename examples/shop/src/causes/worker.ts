// Planted cause `worker`: the work is done in another thread of the same process.
//
// - where: accounts, `GET /poster/{id}` → worker thread `posters` → `drawPoster` (`poster-worker.ts`)
// - share: 20 % of these requests: large posters
// - truth: ~150 ms of CPU in the worker's span `draw poster` (`cpu.self` there); the request waits for that child with an
//   idle loop (`wait.child`). Small posters take ~2 ms.
import type { Family } from "../shared/family.ts";

export const POSTERS: Family = { prefix: "p", size: 50, heavy: 10, share: 0.2 };
/** Pixels on each side. */
export const POSTER_SIZE = { heavy: 850, light: 50 } as const;

/** Steps until the point of the Mandelbrot set is known to escape. */
function steps(x: number, y: number, most: number): number {
  let a = 0;
  let b = 0;
  for (let n = 0; n < most; n++) {
    const next = a * a - b * b + x;
    b = 2 * a * b + y;
    a = next;
    if (a * a + b * b > 4) return n;
  }
  return most;
}

/** A square poster, one byte a pixel. */
export function drawPoster(size: number): Uint8Array {
  const pixels = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      pixels[row * size + column] = steps((column / size) * 3 - 2.2, (row / size) * 2.4 - 1.2, 255);
    }
  }
  return pixels;
}
