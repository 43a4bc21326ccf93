// A side of a comparison of profiles as a short text for addresses: in what it differs from what both have in
// common. `v:1.1.0`, `i:7d9f…`, `620-1400ms`, `t:FROM-TO`, several joined by commas; of one dimension: any of them.
import { clock, rangeWords } from "../lib/format.ts";
import { compact } from "./raw.ts";
import { type Dimension, dimensions, isReadable, narrowsOf, narrowWords, type Subject } from "./selection.ts";
import { tookWords } from "./took.ts";
import { boundsText, decode, encode, readBounds } from "./side.ts";

export interface CompareSide extends Subject {
  /** Unix ms; both or none. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const names = { s: "service", e: "endpoint", o: "operation" } as const;
const letters: Readonly<Record<Dimension, string>> = {
  version: "v",
  environment: "n",
  zone: "z",
  instance: "i",
  thread: "h",
  label: "l",
};

/** Undefined where the text says nothing that is understood. */
export function readCompareSide(text: string | undefined): CompareSide | undefined {
  if (text === undefined) return undefined;
  const side: Record<string, unknown> = {};
  for (const part of text.split(",")) {
    const bounds = readBounds(part);
    if (bounds !== undefined) {
      Object.assign(side, bounds);
      continue;
    }
    const colon = part.indexOf(":");
    const value = decode(part.slice(colon + 1));
    if (colon !== 1 || value === "") continue;
    const letter = part.charAt(0);
    const name = names[letter as keyof typeof names];
    const dimension = dimensions.find((one) => letters[one] === letter);
    if (name !== undefined) side[name] = value;
    else if (dimension !== undefined && isReadable(dimension, value)) {
      side[dimension] = [...new Set([...((side[dimension] as string[] | undefined) ?? []), value])];
    }
  }
  return Object.keys(side).length === 0 ? undefined : side;
}

/** The inverse; undefined for a side that says nothing. */
export function compareSideText(side: CompareSide): string | undefined {
  const parts: string[] = [];
  for (const [letter, name] of Object.entries(names)) {
    const value = side[name];
    if (value !== undefined) parts.push(`${letter}:${encode(value)}`);
  }
  for (const { dimension, value } of narrowsOf(side)) parts.push(`${letters[dimension]}:${encode(value)}`);
  parts.push(...boundsText(side));
  return parts.length === 0 ? undefined : parts.join(",");
}

/** For headings: `version 1.1.0`, `14:21–15:00`, `over 620 ms`. Empty for a side that says nothing. */
export function compareSideWords(side: CompareSide): string {
  const { service, endpoint, operation, from, to } = side;
  return [
    service,
    endpoint ?? operation,
    ...narrowsOf(side).map(narrowWords),
    tookWords(side),
    from === undefined || to === undefined ? undefined : timeWords(from, to),
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}

/** Of an instant's side the clock is enough where it is not days that are compared. */
function timeWords(from: number, to: number): string {
  return to - from < 86_400_000 ? `${clock(from)}–${clock(to)}` : rangeWords(from, to);
}

/** What the side means, with what both have in common. */
export function wholeSide(common: Subject, side: CompareSide): CompareSide {
  const whole = { ...common, ...side };
  // One or the other names the work: of the common ones the side's own takes the place.
  if (side.endpoint !== undefined) return compact({ ...whole, operation: undefined });
  return side.operation === undefined ? whole : compact({ ...whole, endpoint: undefined });
}
