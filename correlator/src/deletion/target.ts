import { LIMITS } from "@hotspan/wire";

/** What a job deletes. */
export type Target =
  | { readonly kind: "service"; readonly service: string }
  /** 32 lower-case hex digits each. */
  | { readonly kind: "traces"; readonly traceIds: readonly string[] }
  /** A label that the program set (`withLabels`). */
  | { readonly kind: "label"; readonly key: string; readonly value: string };

export const MAX_TRACE_IDS = 1000;
const FIELDS = ["service", "traceIds", "label"] as const;

/** `{service}`, `{traceIds: […]}` or `{label: "key:value"}`. Throws an Error that says what is wrong. */
export function readTarget(fields: Readonly<Record<string, unknown>>): Target {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  for (const [name] of given)
    if (!(FIELDS as readonly string[]).includes(name)) throw new Error(`${name}: no such field`);
  const [first] = given;
  if (first === undefined || given.length > 1)
    throw new Error(`name exactly one of ${FIELDS.join(", ")}: a job deletes one kind of thing`);
  const [name, value] = first;
  switch (name as (typeof FIELDS)[number]) {
    case "service":
      return { kind: "service", service: text("service", value) };
    case "traceIds":
      return { kind: "traces", traceIds: readTraceIds(value) };
    case "label": {
      const label = text("label", value);
      const colon = label.indexOf(":");
      if (colon < 1 || colon === label.length - 1)
        throw new Error("label must be key:value, neither of them empty");
      return { kind: "label", key: label.slice(0, colon), value: label.slice(colon + 1) };
    }
  }
}

function readTraceIds(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_TRACE_IDS)
    throw new Error(`traceIds must be a list of 1 to ${MAX_TRACE_IDS} trace ids`);
  for (const id of value)
    if (typeof id !== "string" || !/^[0-9a-f]{32}$/.test(id) || /^0+$/.test(id))
      throw new Error(`traceIds: ${JSON.stringify(id)} is not 32 lower-case hex digits`);
  return [...new Set(value as string[])];
}

function text(field: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= 2 * LIMITS.nameLength) return value;
  throw new Error(`${field} must be text of 1 to ${2 * LIMITS.nameLength} characters`);
}
