/** `rows` + 1 ascending whole edges, evenly spaced in the logarithm, with min and max inside. */
export function durationEdges(
  bounds: { readonly min: number; readonly max: number } | undefined,
  rows: number,
): number[] {
  // Without traces: 1 ms to 10 s, so that axes can be drawn.
  const low = Math.max(1, bounds?.min ?? 1e6);
  const high = Math.max(low + rows, (bounds?.max ?? 1e10) + 1);
  const step = Math.log(high / low) / rows;
  const edges = [Math.min(low, bounds?.min ?? low)];
  for (let i = 1; i < rows; i++)
    edges.push(Math.max(edges[i - 1]! + 1, Math.round(low * Math.exp(step * i))));
  edges.push(Math.max(edges[rows - 1]! + 1, high));
  return edges;
}
