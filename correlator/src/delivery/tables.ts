/** The column whose UTC day is a row's partition, and against which a block's time range counts. */
const timeColumns: Readonly<Record<string, string>> = {
  profile_samples: "Bucket",
  profile_events: "Timestamp",
  profile_windows: "Start",
  otel_traces: "Timestamp",
};

export function timeColumn(table: string): string {
  const column = timeColumns[table];
  if (column === undefined) throw new Error(`no time column is known for the table ${table}`);
  return column;
}
