import { fork } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStoreClient, migrate, ownMigrations, prepareDatabase, type Migration } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
});
afterAll(() => db.close());

const connection = (database: string) => ({ url: db.store.httpUrl, ...db.store.writer, database });

test("migrating again does nothing", async () => {
  expect(await migrate(db.writer, { database: db.store.database })).toEqual({
    version: ownMigrations().length,
    applied: [],
  });
});

test("every table, every view and every column says what it holds", async () => {
  const bare = (what: string): Promise<readonly unknown[]> =>
    db.rows(`SELECT * FROM (${what}) WHERE comment = '' AND database = currentDatabase() ORDER BY ALL`);
  expect(await bare("SELECT database, name, comment FROM system.tables")).toEqual([]);
  expect(await bare("SELECT database, table, name, comment FROM system.columns")).toEqual([]);
  const [columns] = await db.rows<{ n: string }>(
    "SELECT count() AS n FROM system.columns WHERE database = currentDatabase()",
  );
  expect(Number(columns?.n)).toBeGreaterThan(150);
});

test("five processes at once on an empty server end with one schema and one row per migration", async () => {
  const children = Array.from({ length: 5 }, () =>
    fork(new URL("./support/migrate-child.ts", import.meta.url), [], {
      execArgv: ["--conditions=hotspan-source", "--disable-warning=ExperimentalWarning"],
      env: { CONNECTION: JSON.stringify(connection("hotspan_five")) },
    }),
  );
  const ready = Promise.all(children.map((child) => once(child, "message")));
  const ended = Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
  await ready;
  for (const child of children) child.send("go");
  expect(await ended).toEqual([0, 0, 0, 0, 0]);
  const rows = await db.rows("SELECT Version, Checksum FROM hotspan_five.schema_migrations ORDER BY Version");
  expect(rows).toEqual(
    ownMigrations().map((migration) => ({ Version: migration.version, Checksum: migration.checksum })),
  );
  const tables = "SELECT name, engine FROM system.tables WHERE database = {database:String} ORDER BY name";
  expect(await db.rows(tables, { database: "hotspan_five" })).toEqual(
    await db.rows(tables, { database: db.store.database }),
  );
});

const made = (version: number, script: string, checksum = String(version)): Migration => ({
  version,
  name: "made",
  checksum,
  script,
});

test("a migration edited after it ran is refused", async () => {
  await withDatabase("hotspan_edited", async (client, options) => {
    await migrate(client, {
      ...options,
      migrations: [made(1, "CREATE TABLE IF NOT EXISTS {db}.a (a Int8) ENGINE = Memory")],
    });
    await expect(migrate(client, { ...options, migrations: [made(1, "SELECT 1", "other")] })).rejects.toThrow(
      expect.objectContaining({ code: "HOTSPAN_STORE_MIGRATION_CHANGED" }),
    );
  });
});

test("a database from a newer version is refused before anything runs", async () => {
  await withDatabase("hotspan_newer", async (client, options) => {
    await migrate(client, { ...options, migrations: [made(1, "SELECT 1"), made(2, "SELECT 2")] });
    await expect(migrate(client, { ...options, migrations: [made(1, "SELECT 1")] })).rejects.toThrow(
      expect.objectContaining({ code: "HOTSPAN_STORE_MIGRATION_UNKNOWN" }),
    );
  });
});

test("a migration that fails half-way is run again from its start", async () => {
  await withDatabase("hotspan_half", async (client, options) => {
    const good = "CREATE TABLE IF NOT EXISTS {db}.a (a Int8) ENGINE = Memory;";
    await expect(
      migrate(client, { ...options, migrations: [made(1, `${good} SELECT nonsense;`)] }),
    ).rejects.toThrow(
      expect.objectContaining({
        code: "HOTSPAN_STORE_MIGRATION_FAILED",
        message: expect.stringContaining("SELECT nonsense") as string,
      }),
    );
    expect(await migrate(client, { ...options, migrations: [made(1, good)] })).toEqual({
      version: 1,
      applied: [1],
    });
  });
});

async function withDatabase(
  database: string,
  run: (client: TestStore["writer"], options: { database: string }) => Promise<void>,
): Promise<void> {
  const client = createStoreClient({ ...connection("default") });
  try {
    await run(client, { database });
  } finally {
    await client.command({ query: `DROP DATABASE IF EXISTS ${database}` });
    await client.close();
  }
}

test("a database that is not there yet is created", async () => {
  expect((await prepareDatabase(connection("hotspan_fresh"))).applied).toEqual(
    ownMigrations().map((migration) => migration.version),
  );
});
