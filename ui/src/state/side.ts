// One side of a comparison as a short text for addresses: `p95`, `p25-75`, `620-1400ms`, `v:1.1.0`, `i:7d9f…`,
// `t:FROM-TO` (Unix ms), joined by commas where several must hold.
import type { Side } from "../api/ledger-types.ts";
import { clock, shortId } from "../lib/format.ts";
import { compact } from "./raw.ts";
import { tookWords } from "./took.ts";

const number = String.raw`\d+(?:\.\d+)?`;
const percentileAt = new RegExp(`^p(${number})(?:-(${number}))?$`);
const durations = new RegExp(`^(${number})?-(${number})?ms$`);

/** Undefined where the text says nothing that is understood. */
export function readSide(text: string | undefined): Side | undefined {
  if (text === undefined) return undefined;
  const side: { -readonly [K in keyof Side]: Side[K] } = {};
  for (const part of text.split(",")) {
    const percentile = percentileAt.exec(part);
    const bounds = readBounds(part);
    if (percentile?.[1] !== undefined) {
      const low = Number(percentile[1]);
      const high = percentile[2] === undefined ? undefined : Number(percentile[2]);
      if (low > 100 || (high !== undefined && (high > 100 || high <= low))) continue;
      side.percentile = high === undefined ? low : [low, high];
    } else if (bounds !== undefined) Object.assign(side, bounds);
    else if (part.startsWith("v:") && part.length > 2) side.version = decode(part.slice(2));
    else if (/^i:[0-9a-f]{32}$/.test(part)) side.instance = part.slice(2);
  }
  return Object.keys(side).length === 0 ? undefined : side;
}

/** A part that is a time or a duration; undefined where it is neither. */
export function readBounds(part: string): Pick<Side, "minMs" | "maxMs" | "from" | "to"> | undefined {
  const times = /^t:(\d{1,16})-(\d{1,16})$/.exec(part);
  if (times !== null) {
    const [from, to] = [Number(times[1]), Number(times[2])];
    return from < to ? { from, to } : undefined;
  }
  const ms = durations.exec(part);
  if (ms === null || (ms[1] === undefined && ms[2] === undefined)) return undefined;
  const [minMs, maxMs] = [ms[1], ms[2]].map((one) => (one === undefined ? undefined : Number(one)));
  if (minMs !== undefined && maxMs !== undefined && maxMs < minMs) return undefined;
  return compact({ minMs, maxMs });
}

/** The inverse: a part each for durations and times. */
export function boundsText({
  minMs,
  maxMs,
  from,
  to,
}: Pick<Side, "minMs" | "maxMs" | "from" | "to">): readonly string[] {
  return [
    ...(minMs === undefined && maxMs === undefined ? [] : [`${minMs ?? ""}-${maxMs ?? ""}ms`]),
    ...(from === undefined || to === undefined ? [] : [`t:${from}-${to}`]),
  ];
}

// A comma would end the part.
export const encode = (text: string): string => text.replaceAll("%", "%25").replaceAll(",", "%2C");

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The inverse; undefined for a side that says nothing. */
export function sideText(side: Side): string | undefined {
  const parts: string[] = [];
  const { percentile, minMs, maxMs } = side;
  if (typeof percentile === "number") parts.push(`p${percentile}`);
  else if (percentile !== undefined) parts.push(`p${percentile[0]}-${percentile[1]}`);
  parts.push(...boundsText({ minMs, maxMs }));
  if (side.version !== undefined) parts.push(`v:${encode(side.version)}`);
  if (side.instance !== undefined) parts.push(`i:${side.instance}`);
  parts.push(...boundsText({ from: side.from, to: side.to }));
  return parts.length === 0 ? undefined : parts.join(",");
}

/** `p95 and slower`, `620 ms – 1.4 s · 14:21–15:00`: for controls and facts. */
export function sideWords(side: Side): string {
  const parts: string[] = [];
  const { percentile, minMs, maxMs } = side;
  if (typeof percentile === "number") parts.push(`p${percentile} and slower`);
  else if (percentile !== undefined) parts.push(`p${percentile[0]}–p${percentile[1]}`);
  const took = tookWords({ minMs, maxMs });
  if (took !== undefined) parts.push(took);
  if (side.version !== undefined) parts.push(`version ${side.version}`);
  if (side.instance !== undefined) parts.push(`instance ${shortId(side.instance)}`);
  if (side.from !== undefined && side.to !== undefined) {
    parts.push(`${clock(side.from)}–${clock(side.to)}`);
  }
  return parts.join(" · ");
}
