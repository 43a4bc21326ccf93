import type { ClickHouseClient } from "@clickhouse/client";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Partitions } from "./partitions.ts";

const everyMs = 10_000;

export interface StatusSource {
  readonly client: ClickHouseClient;
  readonly owner: string;
  readonly partitions: Partitions;
  /** Records nobody could read, since the start. */
  readonly deadLetters: () => Promise<number>;
  readonly log: Logger;
}

/**
 * Tells `ingest_status` every 10 s how far behind this process is, until the signal aborts; and then, if it can, that it is
 * behind no more: its partitions are others' now. Dead letters are told once: under one token until they are.
 */
export async function reportStatus(source: StatusSource, signal: AbortSignal): Promise<void> {
  const { client, owner, log } = source;
  let row = 0;
  let told = 0;
  let pending: number | undefined;
  const tell = async (lagMessages: number, lagMs: number): Promise<void> => {
    // An insert whose answer was lost may have been stored: the same count again, or one of two is dropped with what is new in it.
    pending ??= (await source.deadLetters()) - told;
    await client.insert({
      table: "ingest_status",
      values: [
        { Correlator: owner, LagMessages: lagMessages, LagMs: Math.round(lagMs), DeadLetters: pending },
      ],
      format: "JSONEachRow",
      clickhouse_settings: { insert_deduplication_token: `${owner}/${row}` },
    });
    told += pending;
    pending = undefined;
    row++;
  };
  let failing = false;
  while (!signal.aborted) {
    const facts = source.partitions.facts(Date.now());
    try {
      await tell(
        facts.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
        facts.reduce((most, { lagMs }) => Math.max(most, lagMs), 0),
      );
      failing = false;
    } catch (error) {
      // An outage is told by what is to be stored; here it may also be a store that is not migrated.
      if (!failing) log.debug({ err: error }, "the status was not written");
      failing = true;
    }
    await sleep(failing ? 1000 : everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
  if (!failing) await tell(0, 0).catch(() => undefined);
}
