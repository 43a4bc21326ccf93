// Partition ids as ClickHouse names them for `PARTITION BY toDate(x)` and `toMonday(x)`: YYYYMMDD, in UTC.
const dayMillis = 86_400_000;
const cache = new Map<number, string>();

/** Partition of `toDate`. */
export function dayPartition(epochMillis: number): string {
  return idOf(Math.floor(epochMillis / dayMillis));
}

/** Partition of `toMonday`. 1970-01-01 was a Thursday. */
export function mondayPartition(epochMillis: number): string {
  const day = Math.floor(epochMillis / dayMillis);
  return idOf(day - ((((day + 3) % 7) + 7) % 7));
}

function idOf(day: number): string {
  const known = cache.get(day);
  if (known !== undefined) return known;
  const id = new Date(day * dayMillis).toISOString().slice(0, 10).replaceAll("-", "");
  if (cache.size > 1000) cache.clear();
  cache.set(day, id);
  return id;
}
