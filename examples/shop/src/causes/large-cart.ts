// Planted cause `large-cart`: CPU in JSON handling. Every string of the document is tried as a date, so the time
// grows with the cart's history, though only its lines are used.

/** Changes in the history of a wholesale cart: 300–900 ms to parse on the machine it was measured on (README.md). */
export const WHOLESALE_CHANGES = { least: 30_000, most: 60_000 } as const;

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

/** Turns whatever reads as a date into one; the plausible mistake is to ask `Date.parse` about every string. */
export function reviveDate(key: string, value: unknown): unknown {
  if (typeof value !== "string" || key === "sku" || key === "id") return value;
  const time = Date.parse(value);
  if (Number.isNaN(time)) return value;
  const date = new Date(time);
  return date.toISOString() === value ? date : value;
}

export function parseCart(text: string): Cart {
  return JSON.parse(text, reviveDate) as Cart;
}
