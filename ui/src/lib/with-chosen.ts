/** The names of a list, sorted, with the one that is chosen, whether or not it is among them. */
export function withChosen(names: readonly string[], chosen: string | undefined): readonly string[] {
  const all = new Set(names);
  if (chosen !== undefined) all.add(chosen);
  return [...all].sort();
}
