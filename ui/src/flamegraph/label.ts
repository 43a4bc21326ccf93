export type Measure = (text: string) => number;

/** As much of the text as fits, with an ellipsis; empty when not even two letters do. */
export function fitLabel(text: string, room: number, measure: Measure): string {
  if (measure(text) <= room) return text;
  let low = 0;
  let high = text.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (measure(`${text.slice(0, middle)}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low < 2 ? "" : `${text.slice(0, low)}…`;
}

/**
 * Measures by the sum of the letters, each of them measured once. Kerning is left out, so a sum is off by a pixel or two;
 * a canvas asked for every prefix of a thousand labels takes longer than it takes to draw them.
 */
export function letterMeasure(measure: Measure): Measure {
  const width = new Map<string, number>();
  return (text) => {
    let sum = 0;
    for (const letter of text) {
      let one = width.get(letter);
      if (one === undefined) width.set(letter, (one = measure(letter)));
      sum += one;
    }
    return sum;
  };
}
