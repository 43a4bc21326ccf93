/**
 * Works off a queue until `budgetMs` are over, as batch jobs do that must not run too long. The time a batch takes is
 * therefore the same on every machine, which the causes about overlapping need. Returns how many items were done.
 */
export function workFor(budgetMs: number, item: (n: number) => void): number {
  const end = performance.now() + budgetMs;
  let done = 0;
  do item(done++);
  while (performance.now() < end);
  return done;
}
