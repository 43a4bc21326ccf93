// Statements the reader has named, kept in this browser.

export interface Saved {
  readonly name: string;
  readonly query: string;
}

export const longestName = 60;

/** What was kept, as far as it can be read. */
export function readSaved(text: string | null): readonly Saved[] {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "[]");
  } catch {
    // Another program's, or half of it.
    return [];
  }
  if (!Array.isArray(kept)) return [];
  return (kept as unknown[]).flatMap((one) => {
    const { name, query } = (one ?? {}) as Partial<Record<keyof Saved, unknown>>;
    return typeof name === "string" && name !== "" && typeof query === "string" ? [{ name, query }] : [];
  });
}

/** Another statement under the same name takes its place. */
export function withSaved(list: readonly Saved[], added: Saved): readonly Saved[] {
  const name = added.name.trim().slice(0, longestName);
  if (name === "") return list;
  const next = { name, query: added.query };
  return list.some((one) => one.name === name)
    ? list.map((one) => (one.name === name ? next : one))
    : [...list, next];
}

/** Nothing changes where the new name is empty or another statement's. */
export function renameSaved(list: readonly Saved[], from: string, to: string): readonly Saved[] {
  const name = to.trim().slice(0, longestName);
  if (name === "" || list.some((one) => one.name === name)) return list;
  return list.map((one) => (one.name === from ? { ...one, name } : one));
}

export const withoutSaved = (list: readonly Saved[], name: string): readonly Saved[] =>
  list.filter((one) => one.name !== name);
