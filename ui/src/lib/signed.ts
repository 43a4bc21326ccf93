// Differences and their p as one writes them.

/** `<0.001`, `0.24`. */
export function pWords(p: number): string {
  if (!(p >= 0)) return "–";
  return p < 0.001 ? "<0.001" : p < 0.1 ? p.toFixed(3) : p.toFixed(2);
}

/** `+540.0`, `−2.1 ms`, with a true minus; what is rounded to zero has no sign. */
export function signed(text: string, value: number): string {
  const size = text.replace(/^[-−]/, "");
  if (/^0*\.?0*(?![\d.])/.test(size)) return size;
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${size}`;
}
