// Numbers and times in words. Milliseconds carry one decimal, durations in sentences are whole (design rule).

const thin = " ";
const oneDecimal = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1234` → `1,234`. */
export function count(value: number): string {
  return whole.format(value);
}

/** `count(1, "span")` → `1 span`; the plural takes an s unless given. */
export function counted(value: number, word: string, plural = `${word}s`): string {
  return `${count(value)} ${value === 1 ? word : plural}`;
}

/** Nanoseconds as milliseconds with one decimal, no unit: for columns whose head names the unit. */
export function ms(nano: number): string {
  return oneDecimal.format(nano / 1e6);
}

/** Nanoseconds as seconds with one decimal, no unit. */
export function seconds(nano: number): string {
  return oneDecimal.format(nano / 1e9);
}

/** Nanoseconds as `981.6 ms`. */
export function msUnit(nano: number): string {
  return `${ms(nano)}${thin}ms`;
}

/** Nanoseconds for sentences: whole milliseconds, below one millisecond one decimal more, above 10 s seconds. */
export function duration(nano: number): string {
  if (nano >= 120e9) return `${oneDecimal.format(nano / 60e9)}${thin}min`;
  if (nano >= 10e9) return `${oneDecimal.format(nano / 1e9)}${thin}s`;
  if (nano >= 1e6 || nano === 0) return `${whole.format(nano / 1e6)}${thin}ms`;
  if (nano >= 1e3) return `${whole.format(nano / 1e3)}${thin}µs`;
  return `${whole.format(nano)}${thin}ns`;
}

function shortened(nano: number, digits: number): string {
  const trim = (value: number): string => String(Number(value.toPrecision(digits)));
  if (nano >= 60e9) return `${trim(nano / 60e9)}${thin}min`;
  if (nano >= 1e9) return `${trim(nano / 1e9)}${thin}s`;
  if (nano >= 1e6) return `${trim(nano / 1e6)}${thin}ms`;
  if (nano >= 1e3) return `${trim(nano / 1e3)}${thin}µs`;
  return `${trim(nano)}${thin}ns`;
}

/** Short form for axes and ranges: `30 ms`, `1.4 s`, `2 min`, at most two significant decimals. */
export const durationShort = (nano: number): string => shortened(nano, 3);

/** As `durationShort` with two significant digits, for what was estimated: `9.7 ms`, `250 ms`. */
export const durationRough = (nano: number): string => shortened(nano, 2);

/** A share 0..1 as `62.1 %`. */
export function percent(share: number, decimals: 0 | 1 = 1): string {
  if (!Number.isFinite(share)) return "–";
  return `${decimals === 0 ? whole.format(share * 100) : oneDecimal.format(share * 100)}${thin}%`;
}

/** Bytes as `1.5 MiB`. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return unit === 0 ? `${whole.format(size)}${thin}B` : `${oneDecimal.format(size)}${thin}${units[unit]}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number): string => String(value).padStart(2, "0");

/** Unix milliseconds → `14:41`, UTC. */
export function clock(unixMs: number): string {
  const at = new Date(unixMs);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** Unix milliseconds → `14:41:07`, UTC. */
export function clockSeconds(unixMs: number): string {
  return `${clock(unixMs)}:${two(new Date(unixMs).getUTCSeconds())}`;
}

/** A step's edge: with seconds where steps are shorter than a minute. */
export const stepClock = (unixMs: number, stepMs: number): string =>
  stepMs < 60_000 ? clockSeconds(unixMs) : clock(unixMs);

/** A mark on an axis of time. Minutes alone would repeat themselves on a short range, and miss the day on a long one. */
export function axisClock(unixMs: number, rangeOfMs: number): string {
  if (rangeOfMs > 86_400_000) return `${day(unixMs)} ${clock(unixMs)}`;
  return rangeOfMs < 600_000 ? clockSeconds(unixMs) : clock(unixMs);
}

/** Unix milliseconds → `14:41:07.312`, UTC. */
export function clockMillis(unixMs: number): string {
  return `${clockSeconds(unixMs)}.${String(new Date(unixMs).getUTCMilliseconds()).padStart(3, "0")}`;
}

/** Unix milliseconds → `23 Nov`, UTC. */
export function day(unixMs: number): string {
  const at = new Date(unixMs);
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]}`;
}

/** Unix milliseconds → `23 Nov 2026`, UTC. */
export function dayYear(unixMs: number): string {
  return `${day(unixMs)} ${new Date(unixMs).getUTCFullYear()}`;
}

/** Two instants → `23 Nov 2026, 14:00 – 15:00 UTC`, with both days where they differ. */
export function rangeWords(fromMs: number, toMs: number): string {
  if (dayYear(fromMs) === dayYear(toMs)) {
    return `${dayYear(fromMs)}, ${clock(fromMs)} – ${clock(toMs)} UTC`;
  }
  return `${day(fromMs)}, ${clock(fromMs)} – ${dayYear(toMs)}, ${clock(toMs)} UTC`;
}

/** How long ago, in words: `just now`, `6 s ago`, `4 min ago`. */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - thenMs) / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 90) return `${seconds}${thin}s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}${thin}min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)}${thin}h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** An id for people: its first eight characters. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** Any attribute value as one line of text. */
export function attributeText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) >= 1e4 ? count(value) : String(value);
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.map(attributeText).join(", ");
  return JSON.stringify(value);
}
