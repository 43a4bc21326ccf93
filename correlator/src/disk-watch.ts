import type { ClickHouseClient } from "@clickhouse/client";
import { setTimeout as sleep } from "node:timers/promises";
import { formatBytes } from "./bytes.ts";
import type { Room } from "./room.ts";

const LOOK_MS = 5000;
/** Goes on below this share of the limit: not for one merged part, to pause again with the next. */
const RESUME_SHARE = 0.98;

export interface DiskUse {
  /** All parts of our tables in ClickHouse, on all shards together, also those a merge has replaced and that are not removed yet. */
  storeBytes: number;
  /** Least room on a disk of ClickHouse. */
  freeBytes: number;
}

/**
 * Looks at how much the data takes every few seconds, until the signal aborts; ingest pauses above the limit. What ClickHouse
 * says counts, so that it is the same for a server of somebody else.
 */
export async function watchDisk(
  servers: readonly ClickHouseClient[],
  use: DiskUse,
  limit: { readonly bytes: number | undefined; readonly logBytes: () => number; readonly room: Room },
  signal: AbortSignal,
): Promise<void> {
  const { bytes: most, logBytes, room } = limit;
  while (!signal.aborted) {
    try {
      const uses = await Promise.all(servers.map(measure));
      use.storeBytes = uses.reduce((total, { storeBytes }) => total + storeBytes, 0);
      use.freeBytes = Math.min(...uses.map(({ freeBytes }) => freeBytes));
      const taken = use.storeBytes + logBytes();
      if (most !== undefined && taken > most)
        room.full(
          "limit",
          "watch",
          `the data takes ${formatBytes(taken)}, allowed are ${formatBytes(most)}: raise --max-disk (HOTSPAN_MAX_DISK), or delete something (hotspan delete)`,
        );
      else if (most === undefined || taken <= most * RESUME_SHARE) room.free("limit", "watch");
    } catch {
      // ClickHouse is away: `watchStore` says so. What was known stays.
    }
    await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function measure(client: ClickHouseClient): Promise<DiskUse> {
  const result = await client.query({
    query: `SELECT toFloat64((SELECT sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase())) AS storeBytes,
      toFloat64((SELECT min(unreserved_space) FROM system.disks)) AS freeBytes`,
    format: "JSONEachRow",
  });
  const [row] = await result.json<DiskUse>();
  return row ?? { storeBytes: 0, freeBytes: 0 };
}
