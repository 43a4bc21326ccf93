import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "./errors.ts";

export interface StoreClientOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** What the client may do. A reader sends no settings of its own: its profile would refuse most. Default `writer`. */
  readonly role?: "writer" | "reader";
  /** Per request, ms; default 30 s. */
  readonly requestTimeoutMs?: number;
  readonly maxConnections?: number;
  /** Shown in ClickHouse's process list; default `hotspan`. */
  readonly application?: string;
  readonly settings?: ClickHouseSettings;
}

/**
 * Async inserts are on by default in current servers and can lose rows that carry a deduplication token
 * (ClickHouse#111031), so writers pin them off. `wait_end_of_query` keeps an error that comes late from
 * hiding behind a 200 whose body is already under way.
 */
const writerSettings: ClickHouseSettings = {
  async_insert: 0,
  wait_end_of_query: 1,
  insert_deduplicate: 1,
};

export function createStoreClient(options: StoreClientOptions): ClickHouseClient {
  const writer = (options.role ?? "writer") === "writer";
  return createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    database: options.database,
    application: options.application ?? "hotspan",
    request_timeout: options.requestTimeoutMs ?? 30_000,
    max_open_connections: options.maxConnections ?? 10,
    // Below the server's keep_alive_timeout (30 s here, 10 s by default elsewhere): the client must be the first to
    // drop an idle socket, or a request is written into one the server has just closed.
    keep_alive: { enabled: true, idle_socket_ttl: 2_500 },
    // Errors reach the caller as exceptions; logging each of them too would print every ping of a server that starts.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { ...(writer ? writerSettings : {}), ...options.settings },
  });
}

/** Resolves when the server answers a query; throws HOTSPAN_STORE_NOT_READY with the last error after `timeoutMs`. */
export async function waitUntilReady(
  client: ClickHouseClient,
  options: { readonly timeoutMs?: number; readonly intervalMs?: number; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const deadline = performance.now() + (options.timeoutMs ?? 30_000);
  for (;;) {
    options.signal?.throwIfAborted();
    const result = await client.ping({ select: true });
    if (result.success) return;
    if (performance.now() >= deadline) {
      throw new StoreError(
        "HOTSPAN_STORE_NOT_READY",
        `ClickHouse did not answer in time: ${result.error.message}`,
        { cause: result.error },
      );
    }
    await sleep(options.intervalMs ?? 50);
  }
}
