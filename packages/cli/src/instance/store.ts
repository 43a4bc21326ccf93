import { createStoreClient, type EmbeddedState, migrate, startEmbedded } from "@hotspan/store";
import { join } from "node:path";
import { CliError, messageOf } from "../errors.ts";
import type { ClickHouseAddress, UpOptions } from "../options.ts";
import type { InstanceContext } from "./instance.ts";

/** A ClickHouse with our tables in it: the embedded one, or somebody else's. */
export interface Store {
  readonly httpUrl: string;
  readonly tcpPort?: number | undefined;
  readonly database: string;
  readonly writer: { readonly user: string; readonly password: string };
  readonly reader: { readonly user: string; readonly password: string };
  readonly pid?: number | undefined;
  close(): Promise<void>;
  kill(): void;
}

export interface StoreEvents {
  /** It runs; told before the migration, so that a failing one leaves nothing running. */
  opened(store: Store): void;
  /** Started again: another pid, the same ports. */
  changed(): void;
  /** Gone for good. */
  failed(error: Error): void;
}

/** Opens the store and brings its tables up to date. */
export async function openStore(
  { data, clickhouse }: UpOptions,
  { progress, env, say }: InstanceContext,
  { opened, changed, failed }: StoreEvents,
): Promise<Store> {
  let started = false;
  const onState = (state: EmbeddedState): void => {
    if (!started) return;
    if (state.state === "failed") failed(state.error);
    else if (state.state === "ready") changed();
    else say(`ClickHouse ${state.reason}; starting it again in ${state.delayMs} ms`);
  };
  const store: Store =
    clickhouse === undefined
      ? await progress.step("ClickHouse (embedded)", () =>
          startEmbedded({ dataDir: join(data, "store"), onState }),
        )
      : foreign(clickhouse, env);
  started = true;
  opened(store);
  await progress.step(clickhouse === undefined ? "Tables" : `Tables on ${clickhouse.url}`, () =>
    migrateAt({ url: store.httpUrl, database: store.database, ...store.writer }),
  );
  return store;
}

/** Creates the database if needed and brings its tables up to date. Throws HOTSPAN_CLI_STORE_UNREACHABLE. */
export async function migrateAt(address: ClickHouseAddress): Promise<void> {
  const client = createStoreClient({ ...address, database: "default" });
  try {
    const answer = await client.ping({ select: true });
    if (!answer.success) {
      throw new CliError(
        "HOTSPAN_CLI_STORE_UNREACHABLE",
        `ClickHouse at ${address.url} does not let ${address.user} in: ${messageOf(answer.error)}. Check --clickhouse http://user:password@host:8123/database`,
        { cause: answer.error },
      );
    }
    await migrate(client, { database: address.database });
  } finally {
    await client.close();
  }
}

/** Reads go out as HOTSPAN_CLICKHOUSE_READER_USER if there is one: it should have `readonly` and only SELECT. */
function foreign(address: ClickHouseAddress, env: NodeJS.ProcessEnv): Store {
  const { url, database, user, password } = address;
  const readerUser = env["HOTSPAN_CLICKHOUSE_READER_USER"];
  return {
    httpUrl: url,
    database,
    writer: { user, password },
    reader:
      readerUser === undefined
        ? { user, password }
        : { user: readerUser, password: env["HOTSPAN_CLICKHOUSE_READER_PASSWORD"] ?? "" },
    close: () => Promise.resolve(),
    kill: () => undefined,
  };
}
