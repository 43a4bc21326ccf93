import { migrateAt } from "../instance/store.ts";
import type { ClickHouseAddress } from "../options.ts";

/** Brings the tables of a ClickHouse server up to date. */
export async function migrateCommand(address: ClickHouseAddress): Promise<void> {
  const { applied, changed } = await migrateAt(address, process.env, (text) => console.log(`  ${text}`));
  const what = applied === 0 && changed.length === 0 ? "were up to date already" : "are up to date";
  console.log(`The tables of database ${address.database} on ${address.url} ${what}.`);
}
