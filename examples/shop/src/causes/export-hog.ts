// Planted cause `export-hog`: one request computes and everybody else waits for the loop.
//
// - where: checkout, `POST /export` → `buildCsv`
// - share: 13 % of `POST /orders`: an export comes 6 ms after them, while they wait for pricing or tax. So do others at
//   times. Who arrives at checkout during an export waits too, but before its server span begins.
// - truth: an export is ~190 ms of CPU (`cpu.self`); the orders lose 150–200 ms of it as `loop.held`, blamed on
//   `POST /export` · `buildCsv`

/** So long after an order the export is asked for. */
export const EXPORT_AFTER_MS = 6;
/** Lines of the year's sales journal; without the cause only the newest are exported. */
export const EXPORT_LINES = { planted: 90_000, otherwise: 400 } as const;

const HEADER = ["order", "sold at", "sku", "quantity", "net", "gross", "note"];
const NOTES = ["", 'marked "fragile"', "leave at the door; ring twice", "gift, no invoice\nin the parcel"];
const START = Date.UTC(2025, 0, 1);

const quote = (cell: string): string => (/[",;\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const money = (cents: number): string => `${Math.trunc(cents / 100)},${String(cents % 100).padStart(2, "0")}`;

/** The journal's last `lines` sales as CSV. */
export function buildCsv(lines: number): string {
  let csv = `${HEADER.map(quote).join(";")}\n`;
  for (let n = 0; n < lines; n++) {
    const cents = 199 + ((n * 7919) % 20_000);
    const cells = [
      `o-${n}`,
      new Date(START + n * 350_000).toISOString(),
      `sku-${String(n % 500).padStart(4, "0")}`,
      String(1 + (n % 5)),
      money(cents),
      money(Math.round(cents * 1.19)),
      NOTES[n % NOTES.length] ?? "",
    ];
    csv += `${cells.map(quote).join(";")}\n`;
  }
  return csv;
}
