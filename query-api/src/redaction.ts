/** Attributes that no answer shows, by their keys. */
export interface Redaction {
  /** Whether anything is to be redacted. */
  readonly active: boolean;
  readonly hides: (key: string) => boolean;
  /** The attributes with `[redacted]` for values that are hidden. */
  readonly attributes: (of: Readonly<Record<string, string>>) => Record<string, string>;
}

export const REDACTED = "[redacted]";

const KEY = /^[\w.\-/*]{1,256}$/;

/** `db.statement,http.request.header.*` → its patterns. Throws when one is none. */
export function parsePatterns(text: string): readonly string[] {
  const patterns = text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
  const wrong = patterns.find((one) => !KEY.test(one));
  if (wrong !== undefined)
    throw new Error(`${wrong} is no key of an attribute; it reads db.statement,http.request.header.*`);
  return patterns;
}

/** @param patterns keys; `*` stands for any text, also none. Upper and lower case are the same. */
export function redactionOf(patterns: readonly string[]): Redaction {
  const exact = new Set(patterns.filter((one) => !one.includes("*")).map((one) => one.toLowerCase()));
  const open = patterns.filter((one) => one.includes("*")).map((one) => one.toLowerCase().split("*"));
  const known = new Map<string, boolean>();
  const hides = (key: string): boolean => {
    const lower = key.toLowerCase();
    let answer = known.get(lower);
    if (answer === undefined) {
      answer = exact.has(lower) || open.some((pieces) => fits(lower, pieces));
      // Keys are few; what is not bounded is what a stranger sends.
      if (known.size < 10_000) known.set(lower, answer);
    }
    return answer;
  };
  return {
    active: patterns.length > 0,
    hides,
    attributes: (of) =>
      Object.fromEntries(Object.entries(of).map(([key, value]) => [key, hides(key) ? REDACTED : value])),
  };
}

/** Whether `text` is the pieces in this order with anything in between: linear, whatever the pattern. */
function fits(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
