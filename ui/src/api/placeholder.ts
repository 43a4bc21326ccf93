// What may be shown while the next answer is awaited. Pure.

/** The old picture stays while the question only changes in its filters or times, but never something else's. */
export function isOf(before: unknown, now: object | undefined, names: readonly string[]): boolean {
  const value = (of: unknown, name: string): string =>
    JSON.stringify((of as Readonly<Record<string, unknown>> | undefined)?.[name]) ?? "";
  return names.every((name) => value(before, name) === value(now, name));
}

/** For `placeholderData` of queries whose key is a word and the question. */
export const whileOf =
  (now: object | undefined, names: readonly string[]) =>
  <T>(before: T | undefined, beforeQuery: { readonly queryKey: readonly unknown[] } | undefined) =>
    isOf(beforeQuery?.queryKey[1], now, names) ? before : undefined;
