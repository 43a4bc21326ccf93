import { warnOnce } from "./log.ts";

/** Names the value that is ignored, once. */
export function bad(name: string, value: unknown, expected: string): undefined {
  warnOnce(
    "HOTSPAN_AGENT_BAD_OPTION",
    `${name}=${typeof value === "string" ? JSON.stringify(value) : String(value)} ignored: expected ${expected}`,
    name,
  );
  return undefined;
}

/** Callers without types may give anything. */
export function text(value: unknown): string | undefined {
  const trimmed = value === undefined || value === null ? undefined : `${value as string}`.trim();
  return trimmed === "" ? undefined : trimmed;
}

export function list(value: string | undefined): string[] {
  return (text(value) ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

export function toggle(name: string, value: string | undefined): boolean | undefined {
  switch (text(value)?.toLowerCase()) {
    case undefined:
      return undefined;
    case "on":
    case "yes":
    case "true":
    case "1":
      return true;
    case "off":
    case "no":
    case "false":
    case "0":
      return false;
    default:
      return bad(name, value, "on or off");
  }
}

export function choice<T extends string>(
  name: string,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  const given = text(value);
  if (given === undefined) return undefined;
  return known.find((one) => one === given) ?? bad(name, value, known.join(", "));
}

export function number(
  name: string,
  value: number | string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (value === undefined || String(value).trim() === "") return undefined;
  const parsed = Math.round(Number(value));
  return parsed >= min && parsed <= max ? parsed : bad(name, value, `a number from ${min} to ${max}`);
}

export function url(name: string, value: string | undefined): string | undefined {
  const given = text(value);
  if (given === undefined) return undefined;
  try {
    const { protocol } = new URL(given);
    if (protocol === "http:" || protocol === "https:") return given.replace(/\/+$/, "");
  } catch {
    // Said below.
  }
  return bad(name, value, "an http:// or https:// URL");
}
