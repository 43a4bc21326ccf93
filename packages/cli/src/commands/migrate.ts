import { migrateAt } from "../instance/store.ts";
import type { ClickHouseAddress } from "../options.ts";

/** Brings the tables of a ClickHouse server up to date. */
export async function migrateCommand(address: ClickHouseAddress): Promise<void> {
  await migrateAt(address);
  console.log(`The tables of database ${address.database} on ${address.url} are up to date.`);
}
