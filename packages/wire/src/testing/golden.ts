import { splitWindow } from "../split.ts";
import type { Window } from "../window.ts";
import { makeWindow, type WindowOptions } from "./window.ts";

const small: WindowOptions = { stacks: 12, depth: 4, spans: 2, seconds: 5 };

/** The windows of `fixtures/`, by file name. */
export async function goldenWindows(): Promise<Readonly<Record<string, Window>>> {
  const parts = await splitWindow(makeWindow({ ...small, seed: 14, stacks: 60, busy: 0.9 }), {
    targetBytes: 4500,
  });
  return {
    journal: makeWindow({ ...small, seed: 11 }),
    "no-journal": makeWindow({ ...small, seed: 12, journal: false }),
    hooks: makeWindow({ ...small, seed: 13, contextPath: "hooks", threadId: 3, busy: 0.2 }),
    long: makeWindow({ ...small, seed: 15, seconds: 60, busy: 0.1, spans: 0.5 }),
    ...Object.fromEntries(parts.map(({ window }, i) => [`split-${i + 1}-of-${parts.length}`, window])),
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
