// Planted cause `stalled`: the CPU is taken away from outside, as by a container's CPU limit.
//
// - where: warehouse, `GET /route/{id}` → `planRoute`, ~60 ms of CPU
// - share: the requests of a throttled phase: 2 s in every 8 (`stalled-driver.ts`)
// - truth: in such a phase the process runs 40 ms of every 100, so the 60 ms of CPU take 120 ms and more: 60 ms for each
//   stop is `stalled`. Its stack stands on `planRoute`, but it is not to blame.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** All in ms. */
export const THROTTLE = { period: 8000, phase: 2000, cycle: 100, stopped: 60 } as const;

interface Stop {
  readonly x: number;
  readonly y: number;
}

const length = (a: Stop, b: Stop): number => Math.hypot(a.x - b.x, a.y - b.y);

/** A short way through all shelves: nearest next, then crossings are undone until none is left (2-opt). */
export function planRoute(stops: readonly Stop[]): number {
  const left = [...stops];
  const way = left.splice(0, 1);
  for (let here = way[0]; left.length > 0 && here !== undefined; here = way.at(-1)) {
    const from = here;
    let nearest = 0;
    for (let i = 1; i < left.length; i++) {
      if (length(from, left[i] ?? from) < length(from, left[nearest] ?? from)) nearest = i;
    }
    way.push(...left.splice(nearest, 1));
  }
  const at = (i: number): Stop => way[i % way.length] ?? { x: 0, y: 0 };
  for (let better = true; better; ) {
    better = false;
    for (let i = 0; i < way.length - 2; i++) {
      for (let j = i + 2; j < way.length; j++) {
        const now = length(at(i), at(i + 1)) + length(at(j), at(j + 1));
        const then = length(at(i), at(j)) + length(at(i + 1), at(j + 1));
        if (then >= now - 1e-9) continue;
        way.splice(i + 1, j - i, ...way.slice(i + 1, j + 1).reverse());
        better = true;
      }
    }
  }
  return way.reduce((sum, stop, i) => sum + length(stop, at(i + 1)), 0);
}

/** Lets this process be throttled until the returned function is called, or it ends. */
export function throttleMe(): () => void {
  const driver = fork(fileURLToPath(new URL("./stalled-driver.js", import.meta.url)), [], {
    execArgv: [],
    // It stands for the kernel: nobody traces that.
    env: { PATH: process.env["PATH"] ?? "" },
  });
  driver.on("error", (error) => console.error(error.message));
  return () => {
    if (driver.connected) driver.disconnect();
  };
}
