// The doubt of a number: where it says something, and how loudly.
import { ms, msUnit } from "../lib/format.ts";

interface Doubted {
  readonly nano: number;
  readonly low: number;
  readonly high: number;
}

/** `95 % interval 189.0 – 193.5 ms`; undefined where both ends read the same. */
export function intervalTitle({ low, high }: Pick<Doubted, "low" | "high">): string | undefined {
  return ms(low) === ms(high) ? undefined : `95 % interval ${ms(low)} – ${msUnit(high)}`;
}

/** Wider than the number it belongs to: it says little, so it is said quietly. */
export const isWide = ({ nano, low, high }: Doubted): boolean => high - low > nano;
