// Planted cause `exec-sync`: a request handler runs another program and blocks its thread until that ends.
//
// - where: accounts, `GET /forms/{id}` → `packForm` → `execFileSync("gzip")`
// - share: 10 % of these requests: long forms
// - truth: ~150 ms of `blocked.sync`: the stack stands on `packForm`, the CPU is used by gzip, another process. Short forms
//   take ~5 ms (starting a process). Whoever else is in accounts meanwhile is held up.
import { execFileSync } from "node:child_process";
import type { Family } from "../shared/family.ts";
import { seededRandom } from "../shared/random.ts";

export const FORMS: Family = { prefix: "f", size: 50, heavy: 5, share: 0.1 };
/** Characters. */
export const FORM_SIZE = { heavy: 1_300_000, light: 5000 } as const;

const WORDS = [
  "customs",
  "origin",
  "weight",
  "kg",
  "value",
  "EUR",
  "consignee",
  "HS code",
  "pieces",
  "net",
  "gross",
];

export function formText(seed: number, id: string, size: number): string {
  const random = seededRandom(seed, id);
  const parts: string[] = [];
  for (let length = 0; length < size; ) {
    const part = `${random.pick(WORDS)} ${random.below(10_000)}\n`;
    parts.push(part);
    length += part.length;
  }
  return parts.join("");
}

/** The packed form's size in bytes. */
export function packForm(text: string): number {
  return execFileSync("gzip", ["-9", "-c"], { input: text, maxBuffer: 16_000_000 }).length;
}
