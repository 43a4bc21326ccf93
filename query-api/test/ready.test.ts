// What /readyz says of a store that is not as it should be.
import { createStoreClient, migrate, ownMigrations } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi } from "./support/api.ts";

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(async () => {
  await store?.close();
});

test("a database without tables, with old tables, and with all of them", async () => {
  const database = `${store.store.database}_fresh`;
  await store.writer.command({ query: `CREATE DATABASE ${database}` });
  const client = createStoreClient({ url: store.store.httpUrl, database, ...store.store.writer });
  const api = await startApi(store, {
    clickhouse: { url: store.store.httpUrl, database, ...store.store.writer },
  });
  const ready = async (): Promise<string> => {
    const { status, body } = await api.get("/readyz");
    return `${status} ${body.detail ?? body.status}`;
  };
  try {
    expect(await ready()).toMatch(
      /^503 The store is not migrated: ingest_status, .* missing\. Run hotspan migrate\.$/,
    );
    await migrate(client, { database });
    expect(await ready()).toBe("200 ok");
    // As a program sees it that is newer than the tables.
    const all = ownMigrations().length;
    await client.command({
      query: `DELETE FROM schema_migrations WHERE Version = ${all} SETTINGS lightweight_deletes_sync = 2`,
    });
    expect(await ready()).toBe(
      `503 The store is not migrated: its tables are those of migration ${all - 1} of ${all}. Run hotspan migrate.`,
    );
  } finally {
    await api.close();
    await client.close();
  }
});

test("a store that refuses the account, and one that does not answer", async () => {
  const connection = {
    url: store.store.httpUrl,
    database: store.store.database,
    user: "nobody",
    password: "x",
  };
  const refused = await startApi(store, { clickhouse: connection });
  const away = await startApi(store, { clickhouse: { ...connection, url: "http://127.0.0.1:9" } });
  try {
    expect((await refused.get("/readyz")).body).toMatchObject({
      status: 503,
      detail: "The store cannot answer (ClickHouse 516 AUTHENTICATION_FAILED).",
    });
    expect((await away.get("/readyz")).body).toMatchObject({
      status: 503,
      detail: "The store does not answer.",
    });
    expect((await away.get("/healthz")).status).toBe(200);
  } finally {
    await refused.close();
    await away.close();
  }
});
