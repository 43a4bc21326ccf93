import type { SeriesKey, SeriesPoint } from "../db/series.ts";
import type { Series } from "../types.ts";

/** Points in order of time as lines, the greatest first; lines beyond `limit` are left out. */
export function seriesOf(
  points: readonly SeriesPoint[],
  dimensions: readonly SeriesKey[],
  limit: number,
): Pick<Series, "series" | "truncated"> {
  const lines = new Map<string, { key: Record<string, string>; sum: number; points: [number, number][] }>();
  for (const { at, key, value } of points) {
    const id = JSON.stringify(key);
    let line = lines.get(id);
    if (line === undefined) {
      line = {
        key: Object.fromEntries(dimensions.map((name, i) => [name, key[i] ?? ""])),
        sum: 0,
        points: [],
      };
      lines.set(id, line);
    }
    line.sum += value;
    line.points.push([at, value]);
  }
  const greatest = [...lines].sort(([a, { sum: x }], [b, { sum: y }]) => y - x || (a < b ? -1 : 1));
  return {
    series: greatest.slice(0, limit).map(([, { key, points: list }]) => ({ key, points: list })),
    truncated: greatest.length > limit,
  };
}
