// The query string as plain names and values (repeated names become arrays), not JSON: addresses people can
// read, write and shorten. Each view narrows it with its own validator, which drops what it does not
// understand: a stale link still opens.

export type RawSearch = Record<string, unknown>;

export function parseSearch(text: string): Record<string, string | string[]> {
  const raw: Record<string, string | string[]> = {};
  const query = new URLSearchParams(text);
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    raw[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return raw;
}

/** The inverse. Undefined, empty arrays and empty strings are left out. */
export function stringifySearch(search: RawSearch): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one === "string" || typeof one === "number" || typeof one === "boolean") {
        if (one !== "") query.append(name, String(one));
      }
    }
  }
  // Readable where the URL standard allows it in a query.
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

const first = (value: unknown): unknown => (Array.isArray(value) ? (value as unknown[])[0] : value);

export function readText(raw: RawSearch, name: string): string | undefined {
  const value = first(raw[name]);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Distinct non-empty texts in their order; undefined when there are none. */
export function readTexts(raw: RawSearch, name: string): readonly string[] | undefined {
  const value = raw[name];
  const list = (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((one) =>
    typeof one === "number" ? [String(one)] : typeof one === "string" && one !== "" ? [one] : [],
  );
  return list.length > 0 ? [...new Set(list)] : undefined;
}

/** A finite number ≥ 0. */
export function readNumber(raw: RawSearch, name: string): number | undefined {
  const value = first(raw[name]);
  if (value === "" || (typeof value !== "string" && typeof value !== "number")) return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

export function readFlag(raw: RawSearch, name: string): true | undefined {
  const value = first(raw[name]);
  return value === true || value === "true" || value === "1" || value === 1 ? true : undefined;
}

/** One of a closed list; the first is the default and is left out. */
export function readChoice<T extends string>(
  raw: RawSearch,
  name: string,
  choices: readonly [T, ...T[]],
): T | undefined {
  const value = first(raw[name]);
  const found = choices.find((choice) => choice === value);
  return found === choices[0] ? undefined : found;
}

/** An instant in Unix milliseconds, written as such or as RFC 3339. */
export function readInstant(raw: RawSearch, name: string): number | undefined {
  const value = first(raw[name]);
  if (value === "" || (typeof value !== "number" && typeof value !== "string")) return undefined;
  const digits = typeof value === "number" || /^\d+$/.test(value);
  const unixMs = Math.round(digits ? Number(value) : Date.parse(value));
  // What a Date can hold.
  return unixMs >= 0 && unixMs <= 8.64e15 ? unixMs : undefined;
}

/** The same object without its undefined members, so that equal states are equal addresses. */
export function compact<T extends object>(state: T): T {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined)) as T;
}
