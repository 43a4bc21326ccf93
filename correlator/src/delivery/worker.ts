import type { Partition } from "../partitions.ts";
import { Held, type CutLimits } from "../source/held.ts";
import type { Feed } from "../source/source.ts";
import { deliver } from "./deliver.ts";
import type { DeliveryPorts } from "./ports.ts";

/** Cuts of at most this much, and at most this long after their first record. */
export const cutLimits: Omit<CutLimits, "lingerMs"> = {
  maxRecords: 500,
  maxBytes: 4 << 20,
  maxBacklogBytes: 8 << 20,
};

/** Delivers a feed until the signal aborts, whatever happens. Resolves when nothing of it runs any more. */
export async function runFeed(
  feed: Feed,
  lingerMs: number,
  ports: DeliveryPorts,
  partition: Partition,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      partition.held = new Held(feed, { ...cutLimits, lingerMs });
      await deliver(feed, partition.held, ports, signal);
    } catch (error) {
      // Not an outage, those are waited out inside: a fault of ours. What is committed stands, so begin again there.
      ports.events.failed("deliver", error);
      await ports.backOff(failures, signal);
    }
  }
  ports.events.ended();
}
