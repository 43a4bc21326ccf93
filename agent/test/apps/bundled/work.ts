/** Where the time goes. */
export interface Nothing {
  readonly here: true;
}

export function burnInTheSource(millis: number): number {
  const end = performance.now() + millis;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
