import type { Window } from "../window.ts";
import { makeHeapWindow } from "./heap-window.ts";

/** The windows of `fixtures/` that this version brought, by file name; those of older versions stay as they are. */
export function goldenWindows(): Readonly<Record<string, Window>> {
  return {
    heap: makeHeapWindow({
      seed: 19,
      allocations: true,
      reason: "near_limit",
      stacks: [
        {
          frames: [
            { name: "remember", file: "src/cache.js", line: 12, column: 3 },
            { name: "load", file: "src/cart.js", line: 40, column: 18 },
          ],
          objects: 4,
          bytes: 4_096_000,
          allocObjects: 9,
          allocBytes: 9_216_000,
        },
        {
          frames: [{ name: "parse", file: "", line: 0, column: 0 }],
          objects: 1,
          bytes: 64,
          allocObjects: 1,
          allocBytes: 64,
        },
      ],
    }),
  };
}

/** A window as readable JSON: columns as arrays, 64-bit clocks as text, the pprof section in base64. */
export function windowJson(window: Window): string {
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === "bigint") return String(value);
    if (value instanceof Uint32Array || value instanceof Uint8Array) return Array.from(value).join(" ");
    return value;
  };
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const heap = window.heap && { ...window.heap, pprof: base64(window.heap.pprof) };
  return `${JSON.stringify({ ...window, pprof: base64(window.pprof), heap }, plain, 2)}\n`;
}
