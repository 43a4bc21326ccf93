import { setTimeout as sleep } from "node:timers/promises";
import type { Partition } from "../partitions.ts";
import type { AppendLog } from "../log/append-log.ts";

/** Resolves when what lies in the logs, and in Kafka as far as it was heard of, is stored; or when the signal aborts. */
export async function whenDelivered(
  logs: readonly Pick<AppendLog, "next" | "committed">[],
  feeds: () => readonly Pick<Partition, "lag">[],
  signal: AbortSignal,
): Promise<void> {
  const ends = logs.map((log) => log.next);
  const behind = new Set(feeds());
  for (;;) {
    for (const feed of behind) if (feed.lag === 0) behind.delete(feed);
    const held = logs.some((log, i) => log.committed < (ends[i] ?? 0n));
    if ((!held && behind.size === 0) || signal.aborted) return;
    await sleep(50, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
