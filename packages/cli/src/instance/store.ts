import {
  type ClusterSchema,
  createStoreClient,
  type EmbeddedState,
  migrateCluster,
  prepareDatabase,
  settingsFromEnv,
  startEmbedded,
  StoreError,
  type StoreSettings,
} from "@hotspan/store";
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
  /** Reads all but attributes; the embedded store has such an account. */
  readonly sql?: { readonly user: string; readonly password: string };
  readonly pid?: number | undefined;
  close(): Promise<void>;
  kill(): void;
}

export interface StoreEvents {
  /** It runs; told before the migration, so that a failing one leaves nothing running. */
  readonly opened: (store: Store) => void;
  /** Started again: another pid, the same ports. */
  readonly changed: () => void;
  /** Gone for good. */
  readonly failed: (error: Error) => void;
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
      : foreign(clickhouse, env, say);
  started = true;
  opened(store);
  await progress.step(clickhouse === undefined ? "Tables" : `Tables on ${clickhouse.url}`, (detail) =>
    migrateAt({ url: store.httpUrl, database: store.database, ...store.writer }, env, detail),
  );
  return store;
}

export interface Migrated {
  /** Number of migrations; of a cluster on all shards together. */
  readonly applied: number;
  /** What settings have changed, in words. */
  readonly changed: readonly string[];
}

/**
 * Creates the database if needed, brings its tables up to date, and makes it as HOTSPAN_RETENTION_…_DAYS and HOTSPAN_TRACES_TABLE say.
 * Throws HOTSPAN_CLI_USAGE (settings), HOTSPAN_CLI_STORE_UNREACHABLE, StoreError.
 */
export async function migrateAt(
  address: ClickHouseAddress,
  env: NodeJS.ProcessEnv,
  detail: (text: string) => void = () => undefined,
): Promise<Migrated> {
  return withSettings(env, address.database, detail, async (settings) => {
    await requireAccess(address);
    const { applied, changed } = await prepareDatabase(address, settings, ({ name, version, of }) =>
      detail(`${version}/${of} ${name}`),
    );
    return { applied: applied.length, changed };
  });
}

/** The same for every shard of a cluster. */
export async function migrateShards(
  address: ClickHouseAddress,
  urls: readonly string[],
  schema: ClusterSchema,
  env: NodeJS.ProcessEnv,
  detail: (text: string) => void,
): Promise<Migrated> {
  const shards = urls.map((url) => ({ ...address, url }));
  return withSettings(env, address.database, detail, async (settings) => {
    for (const shard of shards) await requireAccess(shard);
    return migrateCluster({
      ...schema,
      shards,
      settings,
      onProgress: (shard, { name, version, of }) => detail(`shard ${shard}: ${version}/${of} ${name}`),
    });
  });
}

async function withSettings(
  env: NodeJS.ProcessEnv,
  database: string,
  detail: (text: string) => void,
  run: (settings: StoreSettings) => Promise<Migrated>,
): Promise<Migrated> {
  try {
    const done = await run(settingsFromEnv(env, database));
    for (const change of done.changed) detail(change);
    return done;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "HOTSPAN_STORE_BAD_SETTING") throw error;
    throw new CliError("HOTSPAN_CLI_USAGE", error.message, { cause: error });
  }
}

async function requireAccess(address: ClickHouseAddress): Promise<void> {
  const client = createStoreClient({ ...address, database: "default" });
  const unreachable = (what: string, cause?: unknown): CliError =>
    new CliError(
      "HOTSPAN_CLI_STORE_UNREACHABLE",
      `${what}. Check --clickhouse http://user:password@host:8123/database`,
      { cause },
    );
  const isNone = (cause: unknown): CliError =>
    unreachable(`the server at ${address.url} is no ClickHouse`, cause);
  try {
    const answer = await client.ping({ select: true });
    if (!answer.success) {
      const { error: cause } = answer;
      const reason = messageOf(cause).replace(/[.\s]+$/, "");
      const { code } = cause as { code?: string };
      // ClickHouse's own codes are numbers, those of the network are not, and answers of other servers have none.
      if (code === undefined && !/timeout/i.test(reason)) throw isNone(cause);
      const what = /^\d+$/.test(code ?? "") ? `does not let ${address.user} in` : "does not answer";
      throw unreachable(`ClickHouse at ${address.url} ${what}: ${reason}`, cause);
    }
    // Whoever has a page for every address answers a ping, too.
    await client
      .query({ query: "SELECT 1", format: "JSON" })
      .then((rows) => rows.json())
      .catch((cause: unknown) => {
        throw isNone(cause);
      });
  } finally {
    await client.close();
  }
}

/** Reads go out as HOTSPAN_CLICKHOUSE_READER_USER if there is one: it should have `readonly` and only SELECT. */
function foreign(address: ClickHouseAddress, env: NodeJS.ProcessEnv, say: (line: string) => void): Store {
  const { url, database, user, password } = address;
  const readerUser = env["HOTSPAN_CLICKHOUSE_READER_USER"];
  if (readerUser === undefined) {
    say(
      `The API and \`hotspan sql\` will read as ${user}, who can also write: better name one with SELECT only in HOTSPAN_CLICKHOUSE_READER_USER and _PASSWORD.`,
    );
  }
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
