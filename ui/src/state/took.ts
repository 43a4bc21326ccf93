// How long requests took, in the address and in words.
import { durationShort } from "../lib/format.ts";
import { compact, type RawSearch, readNumber } from "./raw.ts";

/** From … to …, ms. */
export interface TookState {
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
}

/** Bounds that stand upside down are taken for what was meant; none below means from nothing. */
export function validateTook(raw: RawSearch): TookState {
  const [minMs, maxMs] = [readNumber(raw, "minMs"), readNumber(raw, "maxMs")];
  const upsideDown = minMs !== undefined && maxMs !== undefined && maxMs < minMs;
  return compact<TookState>({
    minMs: upsideDown ? maxMs : minMs === 0 ? undefined : minMs,
    maxMs: upsideDown ? minMs : maxMs,
  });
}

/** `620 ms – 1.4 s`, `over 620 ms`; undefined: requests of any duration. */
export function tookWords({ minMs, maxMs }: TookState): string | undefined {
  if (minMs !== undefined && maxMs !== undefined)
    return `${durationShort(minMs * 1e6)} – ${durationShort(maxMs * 1e6)}`;
  if (minMs !== undefined) return `over ${durationShort(minMs * 1e6)}`;
  return maxMs === undefined ? undefined : `up to ${durationShort(maxMs * 1e6)}`;
}
