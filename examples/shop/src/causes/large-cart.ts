// Planted cause `large-cart`: CPU in JSON handling. Every string of the document is tried as a date, so the time
// grows with the cart's history, though only its lines are used.
//
// - where: checkout, `GET /cart/{id}` → `parseCart` → `reviveDate`
// - share: 5 % of these requests: wholesale carts (8 of 200), 4–6 MB of JSON
// - truth: 280–470 ms of CPU (`cpu.self`), 5 % of it `gc`; other carts take 3–5 ms. Others at checkout are held up meanwhile.

/** Changes in the history of a wholesale cart: 300–500 ms to parse on the machine of that measurement (README.md). */
export const WHOLESALE_CHANGES = { least: 15_000, most: 23_000 } as const;

export interface CartLine {
  readonly sku: string;
  readonly quantity: number;
  readonly addedAt: Date;
}

export interface Cart {
  readonly id: string;
  readonly customer: string;
  readonly openedAt: Date;
  readonly lines: readonly CartLine[];
  readonly history: readonly { readonly at: Date; readonly sku: string }[];
}

// Formats the shop has met since 2009, each tried on every string. Most strings are no dates and meet them all.
const DATE_FORMATS: readonly RegExp[] = [
  /^\d{4}-\d{2}-\d{2}$/,
  /^\d{1,2}[./]\d{1,2}[./]\d{2,4}$/,
  /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}$/,
  /^\w+ \d{1,2},? \d{4}( \d{1,2}:\d{2}( ?[ap]m)?)?$/i,
  /^(?:mon|tue|wed|thu|fri|sat|sun)\w*,? \d{1,2} \w+ \d{4}/i,
  /^.*\d{1,2}(?:st|nd|rd|th) of \w+,? \d{4}.*$/i,
  /^\d{4}-W\d{2}(?:-\d)?$/,
  /^\d{4}-\d{3}T?.*Z$/,
  /(?:\w+ )+(?:at|on) \d{4}-\d{2}-\d{2}$/i,
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$/,
];

/** A reviver that turns whatever reads as a date into one. */
export function reviveDate(_key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  for (const format of DATE_FORMATS) {
    if (!format.test(value)) continue;
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? value : date;
  }
  return value;
}

export function parseCart(text: string): Cart {
  return JSON.parse(text, reviveDate) as Cart;
}
