import type { Window } from "../window.ts";
import { makeWindow } from "./window.ts";

/** The windows of `fixtures/` that this version brought, by file name; those of older versions stay as they are. */
export function goldenWindows(): Readonly<Record<string, Window>> {
  return {
    "run-delays": makeWindow({ stacks: 12, depth: 4, spans: 2, seconds: 5, seed: 17, runDelays: true }),
  };
}

/** A window as readable JSON: columns as arrays, 64-bit clocks as text, the pprof section in base64. */
export function windowJson(window: Window): string {
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === "bigint") return String(value);
    if (value instanceof Uint32Array || value instanceof Uint8Array) return Array.from(value).join(" ");
    return value;
  };
  const pprof = Buffer.from(window.pprof).toString("base64");
  return `${JSON.stringify({ ...window, pprof }, plain, 2)}\n`;
}
