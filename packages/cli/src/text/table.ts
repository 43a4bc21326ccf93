/** A longer cell is cut: a table is for looking at, the other formats carry everything. */
const LONGEST_CELL = 100;

export interface Column {
  readonly name: string;
  readonly right: boolean;
  width: number;
}

/** Columns of a ClickHouse result; numbers stand right. */
export function columns(names: readonly string[], types: readonly string[]): Column[] {
  return names.map((name, i) => ({
    name,
    right: /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(types[i] ?? ""),
    width: 0,
  }));
}

/** One line per row, two spaces between columns. Widths only grow, so that later batches stay under the same heads. */
export function renderRows(into: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(cell));
  for (const row of cells) {
    for (const [i, column] of into.entries()) column.width = Math.max(column.width, (row[i] ?? "").length);
  }
  const line = (row: readonly string[]): string =>
    into
      .map(({ right, width }, i) => (right ? (row[i] ?? "").padStart(width) : (row[i] ?? "").padEnd(width)))
      .join("  ")
      .trimEnd();
  return cells.map((row) => `${line(row)}\n`).join("");
}

/** The heads and a rule below them, followed by the first rows. */
export function renderTable(into: readonly Column[], rows: readonly (readonly string[])[]): string {
  for (const column of into) {
    const widest = Math.max(
      column.name.length,
      ...rows.map((row) => cell(row[into.indexOf(column)] ?? "").length),
    );
    column.width = Math.max(column.width, widest);
  }
  const rule = into.map(({ width }) => "─".repeat(width));
  return renderRows(into, [into.map(({ name }) => name), rule, ...rows]);
}

function cell(text: string): string {
  const line = text.replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
}
