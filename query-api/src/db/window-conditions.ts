import type { Selection } from "./selection.ts";
import { and, oneOf, type Sql, sql } from "./sql.ts";

/** What a selection says of `profile_windows`: whose they are. Parts that it does not name are undefined. */
export function windowConditions(
  selection: Pick<Selection, "service" | "version" | "instance" | "thread" | "environment" | "zone">,
): (Sql | undefined)[] {
  const service = oneOf(sql`ServiceName`, selection.service);
  const processes = [oneOf(sql`Environment`, selection.environment), oneOf(sql`Zone`, selection.zone)].filter(
    (one) => one !== undefined,
  );
  return [
    service,
    oneOf(sql`ServiceVersion`, selection.version),
    oneOf(sql`Instance`, selection.instance),
    oneOf(sql`Thread`, selection.thread),
    processes.length === 0
      ? undefined
      : sql`Instance IN (SELECT Instance FROM profile_instances WHERE ${and([service, ...processes])})`,
  ];
}
