// Bytes a sample on disk, by table and column, on windows of 290 processes; and the CPU that ClickHouse spends on writing them.
//   node --conditions=hotspan-source bench/bytes.ts [rounds = 12] [--store DIR]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BatchBuilder } from "@hotspan/correlator/decode";
import { createStoreClient, insertRows } from "@hotspan/store";
import { testStore } from "@hotspan/store/testing";
import { encodeWindow } from "@hotspan/wire";
import { sizesByColumn } from "./bytes/report.ts";
import { Fleet, WINDOW_MS } from "./bytes/windows.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { store: { type: "string" } } });
const rounds = Number(positionals[0] ?? 12);
/** As a correlator takes them out of Kafka in one go. */
const WINDOWS_AT_ONCE = 290;

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

await using db = await testStore({
  maxMemoryBytes: 3 * 1024 ** 3,
  ...(values.store === undefined ? {} : { dataDir: values.store }),
});
const client = createStoreClient({
  url: db.store.httpUrl,
  ...db.store.writer,
  database: db.store.database,
  requestTimeoutMs: 600_000,
});
// In one day and one week.
const startMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000 + 3_600_000;
const fleet = new Fleet(startMs);
const inserting = cpuSeconds(db.store.pid);
let offset = 0n;
let batch = 1n;
for (let round = 0; round < rounds; round++) {
  const windows = [...fleet.round(round)];
  for (let at = 0; at < windows.length; at += WINDOWS_AT_ONCE) {
    const builder = new BatchBuilder(batch++);
    for (const window of windows.slice(at, at + WINDOWS_AT_ONCE))
      await builder.addWindow(
        {
          source: "cluster/group/topic/0",
          offset: offset++,
          timestampMs: startMs + (round + 1) * WINDOW_MS + 1000,
          headers: {},
        },
        encodeWindow(window),
      );
    const { blocks, deadLetters } = builder.finish();
    if (deadLetters.length > 0) throw new Error(`Not read: ${deadLetters[0]?.detail}`);
    for (const block of blocks) await insertRows(client, block);
  }
}
const merging = cpuSeconds(db.store.pid);
for (const table of ["profile_samples", "profile_traces", "profile_windows", "profile_stacks"])
  await client.command({
    query: `OPTIMIZE TABLE ${table} FINAL`,
    clickhouse_settings: { max_execution_time: 600 },
  });
const merged = cpuSeconds(db.store.pid);
const size = await sizesByColumn(db);
const perMillion = (seconds: number): number => Number(((seconds / size.samples) * 1e6).toFixed(2));
const report = {
  date: new Date().toISOString(),
  windows: rounds * fleet.processes.length,
  ...size,
  // As one merge of everything after it; merges while it is written are in the first figure.
  clickhouseCpuSecondsPerMillion: {
    inserts: perMillion(merging - inserting),
    merge: perMillion(merged - merging),
  },
};
for (const { table, total, columns } of size.tables) {
  console.log(`${table}: ${total} bytes a sample`);
  console.table(Object.fromEntries(columns.map(({ name, bytes }) => [name, bytes])));
}
console.log(JSON.stringify({ ...report, tables: undefined, total: size.total }));
const folder = new URL("results/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("bytes.json", folder), `${JSON.stringify(report, undefined, 2)}\n`);
await client.close();
