// A store with as many samples as asked for, built piece by piece: a run that ended early is taken up by the next.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestStore, testStore } from "@hotspan/store/testing";
import { createStoreClient, prepareDatabase } from "@hotspan/store";
import { BASE_MS, writeBase } from "./base.ts";
import { CHANGES, dayOf, insertCopies, plan } from "./multiply.ts";

const COPIES_AT_ONCE = 4;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Progress {
  readonly startMs: number;
  readonly wanted: number;
  readonly days: number;
  /** In one copy. */
  readonly samplesPerCopy: number;
  readonly copies: number;
  readonly done: number;
  /** Set while rows are being written. */
  readonly writing: boolean;
}

export interface ScaleStore extends AsyncDisposable {
  readonly db: TestStore;
  /** Of the last day. */
  readonly startMs: number;
  readonly complete: boolean;
}

/**
 * @param days over how many; only of the last one there are the spans themselves
 * @param maxMs how long to build for, at most; then `complete` is false
 */
export async function openStore(
  dataDir: string,
  wanted: number,
  days: number,
  maxMs: number,
): Promise<ScaleStore> {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, "scale.json");
  const began = performance.now();
  const db = await testStore({ dataDir, maxMemoryBytes: 5 * 1024 ** 3 });
  const base = `${db.store.database}_base`;
  const address = { url: db.store.httpUrl, ...db.store.writer, database: db.store.database };
  const client = createStoreClient({ ...address, requestTimeoutMs: 900_000 });
  // Else the first days would go while the last ones come.
  await prepareDatabase(address, { retention: { samples: days + 7 }, tracesTable: undefined });
  const save = (progress: Progress): void => writeFileSync(path, `${JSON.stringify(progress)}\n`);
  let progress: Progress;
  if (existsSync(path)) {
    progress = JSON.parse(readFileSync(path, "utf8")) as Progress;
    if (progress.writing) throw new Error(`${dataDir} is half written: delete it and build it again.`);
    if (progress.wanted !== wanted || progress.days !== days)
      throw new Error(`${dataDir} is a store of ${progress.wanted} samples in ${progress.days} days.`);
  } else {
    // The last day ends an hour ago; all of them are within what the tables keep.
    const startMs = Math.floor((Date.now() - days * DAY_MS - HOUR_MS) / BASE_MS) * BASE_MS;
    await writeBase(db.store, base, startMs);
    const [row] = await db.rows<{ n: string }>(`SELECT count() AS n FROM ${base}.profile_samples`);
    const samplesPerCopy = Number(row?.n);
    const copies = Math.ceil(wanted / samplesPerCopy);
    progress = { startMs, wanted, days, samplesPerCopy, copies, done: 0, writing: false };
    save(progress);
    console.log(`base: ${samplesPerCopy} samples; ${copies} copies to make`);
  }
  const columns = new Map<string, string[]>();
  for (const table of Object.keys(CHANGES)) {
    const rows = await db.rows<{ name: string }>(
      `SELECT name FROM system.columns WHERE database = '${base}' AND table = '${table}' AND default_kind = '' ORDER BY position`,
    );
    columns.set(
      table,
      rows.map(({ name }) => name),
    );
  }
  const copies = plan(progress.copies, days);
  while (progress.done < copies.length && performance.now() - began < maxMs) {
    const some = copies.slice(progress.done, progress.done + COPIES_AT_ONCE);
    save({ ...progress, writing: true });
    const since = performance.now();
    for (const [table, names] of columns) {
      const wantedHere = table === "otel_traces" ? some.filter((copy) => dayOf(copy) === days - 1) : some;
      if (wantedHere.length === 0) continue;
      await client.command({
        query: insertCopies(table, names, base, wantedHere),
        clickhouse_settings: {
          max_execution_time: 900,
          max_threads: 2,
          max_insert_threads: "1",
          // One part a statement and day, whatever its size.
          min_insert_block_size_rows: "4000000",
          min_insert_block_size_bytes: "1000000000",
          insert_deduplicate: 0,
          max_query_size: "10000000",
        },
      });
    }
    progress = { ...progress, done: progress.done + some.length };
    save(progress);
    const seconds = (performance.now() - since) / 1000;
    console.log(
      `${progress.done} of ${copies.length} copies, ${(progress.done * progress.samplesPerCopy).toExponential(2)} samples, ${seconds.toFixed(1)} s`,
    );
  }
  await client.close();
  return {
    db,
    startMs: progress.startMs + (days - 1) * DAY_MS,
    complete: progress.done === copies.length,
    [Symbol.asyncDispose]: () => db.close(),
  };
}
