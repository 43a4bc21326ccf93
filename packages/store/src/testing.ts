// For integration tests of this and other packages: a real server, migrated, on a folder of its own.
import type { ClickHouseClient } from "@clickhouse/client";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStoreClient } from "./client.ts";
import { startEmbedded, type EmbeddedOptions, type EmbeddedStore } from "./embedded/start.ts";
import { migrate } from "./migrate/migrate.ts";

export interface TestStore extends AsyncDisposable {
  readonly store: EmbeddedStore;
  readonly dataDir: string;
  /** As `hotspan_writer`. */
  readonly writer: ClickHouseClient;
  /** As `hotspan_reader`. */
  readonly reader: ClickHouseClient;
  /** All rows of a query of the writer, as objects; 64-bit integers are strings. */
  rows<Row = Record<string, unknown>>(
    query: string,
    params?: Record<string, unknown>,
  ): Promise<readonly Row[]>;
  /** Stops the server and deletes the folder, unless it was given. */
  close(): Promise<void>;
}

/** Starts a store in a temporary folder: one per test file, closed in its `afterAll`. About a second. */
export async function testStore(options: Partial<EmbeddedOptions> = {}): Promise<TestStore> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "hotspan-store-"));
  const GiB = 1024 ** 3;
  const store = await startEmbedded({ maxMemoryBytes: GiB, ...options, dataDir });
  const connection = { url: store.httpUrl, database: store.database };
  const writer = createStoreClient({ ...connection, ...store.writer });
  const reader = createStoreClient({ ...connection, ...store.reader, role: "reader" });
  const close = async (): Promise<void> => {
    await Promise.all([writer.close(), reader.close()]);
    await store.close();
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await migrate(writer, { database: store.database });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    store,
    dataDir,
    writer,
    reader,
    async rows<Row>(query: string, params?: Record<string, unknown>): Promise<readonly Row[]> {
      const result = await writer.query({
        query,
        format: "JSONEachRow",
        ...(params === undefined ? {} : { query_params: params }),
        clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
      });
      return result.json<Row>();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
