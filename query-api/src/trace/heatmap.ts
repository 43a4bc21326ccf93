/**
 * `rows` + 1 ascending whole edges, evenly spaced in the logarithm, with min and max inside; at least an octave wide, so
 * that durations which hardly differ do not fill the picture.
 */
export function durationEdges(
  bounds: { readonly min: number; readonly max: number } | undefined,
  rows: number,
): number[] {
  // Without traces: 1 ms to 10 s, so that axes can be drawn.
  const { min, max } = bounds ?? { min: 1e6, max: 1e10 - 1 };
  const narrow = max < 2 * Math.max(1, min);
  const low = Math.max(1, narrow ? Math.floor(min / Math.SQRT2) : min);
  const high = Math.max(low + rows, narrow ? Math.ceil(max * Math.SQRT2) : max + 1);
  const step = Math.log(high / low) / rows;
  const edges = [Math.min(low, min)];
  for (let i = 1; i < rows; i++)
    edges.push(Math.max(edges[i - 1]! + 1, Math.round(low * Math.exp(step * i))));
  edges.push(Math.max(edges[rows - 1]! + 1, high));
  return edges;
}
