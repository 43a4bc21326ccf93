import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import { Readable } from "node:stream";
import { quoteIdentifier } from "./identifier.ts";

export interface InsertOptions {
  /** `insert_deduplication_token`: a second insert with the same token into the same table is dropped. */
  readonly token?: string;
  readonly queryId?: string;
  readonly settings?: ClickHouseSettings;
  readonly signal?: AbortSignal;
  /** Of the HTTP request: the sender's `traceparent`, say. */
  readonly headers?: Record<string, string>;
}

// One block per insert and partition, so that it is written as a whole or not at all: the defaults would cut it at
// about a million rows or 256 MB.
const oneBlock: ClickHouseSettings = {
  max_insert_block_size: "100000000",
  min_insert_block_size_rows: "100000000",
  min_insert_block_size_bytes: "4000000000",
  input_format_parallel_parsing: 0,
};

/** Encoded rows of one table. */
export interface EncodedRows {
  /** `table` of the client's database, or `database.table`. */
  readonly table: string;
  /** In the order their cells were written. */
  readonly columns: readonly string[];
  /** By `RowWriter` or `NativeWriter`. */
  readonly format: "RowBinary" | "Native";
  readonly bytes: Uint8Array | Iterable<Uint8Array>;
}

/** `insertRows` of rows that `RowWriter` encoded. */
export function insertRowBinary(
  client: ClickHouseClient,
  table: string,
  columns: readonly string[],
  bytes: Uint8Array | Iterable<Uint8Array>,
  options: InsertOptions = {},
): Promise<{ readonly queryId: string }> {
  return insertRows(client, { table, columns, format: "RowBinary", bytes }, options);
}

/**
 * Inserts encoded rows. Resolves once the server has stored them; rejects with the client's
 * `ClickHouseError` (its `code` is ClickHouse's number) or a network error, after which the outcome is unknown.
 */
export async function insertRows(
  client: ClickHouseClient,
  { table, columns, format, bytes }: EncodedRows,
  options: InsertOptions = {},
): Promise<{ readonly queryId: string }> {
  const target = table.split(".").map(quoteIdentifier).join(".");
  const chunks = bytes instanceof Uint8Array ? slices(bytes) : bytes;
  const result = await client.exec({
    query: `INSERT INTO ${target} (${columns.map(quoteIdentifier).join(", ")}) FORMAT ${format}`,
    values: Readable.from(chunks, { objectMode: false }),
    clickhouse_settings: {
      ...oneBlock,
      ...(options.token === undefined ? {} : { insert_deduplication_token: options.token }),
      ...options.settings,
    },
    ...(options.queryId === undefined ? {} : { query_id: options.queryId }),
    ...(options.headers === undefined ? {} : { http_headers: options.headers }),
    ...(options.signal === undefined ? {} : { abort_signal: options.signal }),
  });
  // An unread response holds its socket, and the next request waits for one.
  for await (const _ of result.stream);
  return { queryId: result.query_id };
}

// A single huge write would sit in the socket's queue as a whole.
function* slices(bytes: Uint8Array): Iterable<Uint8Array> {
  const step = 256 * 1024;
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}
