import type { Logger } from "pino";
import type { Health } from "../health.ts";
import type { Metrics } from "../metrics.ts";
import type { Partition } from "../partitions.ts";
import { sourceName, type SourceId, type SourceKind } from "../source/source.ts";
import type { Room } from "../room.ts";
import type { DeliveryEvents } from "./ports.ts";
import { adviceFor, isFull } from "./trouble.ts";

/** What happens in the delivery of one partition, as logs, metrics and readiness. */
export function observe(
  source: SourceId,
  kind: SourceKind,
  to: {
    readonly log: Logger;
    readonly metrics: Metrics;
    readonly health: Health;
    readonly partition: Partition;
    readonly room: Room;
  },
): DeliveryEvents {
  const { metrics, health, partition, room } = to;
  const name = sourceName(source);
  const log = to.log.child({ source: name });
  const component = `delivery of ${name}`;
  return {
    failed(step, error) {
      const said = error instanceof Error ? error.message : String(error);
      const advice = adviceFor(error);
      const message = advice === undefined ? said : `${advice} (${said})`;
      if (isFull(error))
        room.full(
          "store",
          name,
          `a disk is full where rows are stored: make room there (${said.slice(0, 300)})`,
        );
      else room.free("store", name);
      metrics.failures.inc({ step });
      health.bad(component, `${step}: ${message}`);
      // Once per outage; the metric counts the rest.
      if (partition.failing) log.debug({ step, err: error }, "delivery still waits");
      else log.warn({ step, err: error, advice }, "delivery waits and tries again");
      partition.failing = true;
    },
    succeeded() {
      if (partition.failing) log.info("delivery goes on");
      partition.failing = false;
      health.good(component);
    },
    ended() {
      health.good(component);
      room.free("store", name);
    },
    vanished(table, partitions) {
      metrics.vanished.inc({ table });
      log.error(
        { table, partitions },
        "acknowledged rows are not in their table: dropped by a TTL or by hand",
      );
    },
    overlap(_source, cut) {
      metrics.overlaps.inc();
      const offsets = { first: cut.first.toString(), last: cut.last.toString() };
      log.error(offsets, "the position lies inside an older cut whose records are gone: rows may repeat");
    },
    inserted(table, rows, seconds) {
      metrics.rows.inc({ table }, rows);
      metrics.insertSeconds.observe({ table }, seconds);
    },
    delivered(_source, records, encoded, inherited) {
      const { counts } = encoded;
      room.free("store", name);
      metrics.records.inc({ source: source.cluster === "http" ? "http" : "kafka", kind }, records);
      metrics.batches.inc({ kind, inherited: String(inherited) });
      metrics.repeatedWindows.inc(counts.duplicateWindows);
      metrics.rejectedSpans.inc(counts.rejectedSpans);
      for (const { code, detail } of encoded.deadLetters) {
        metrics.deadLetters.inc({ kind, code });
        log.warn({ code, detail }, "dead letter");
      }
      log.debug({ ...counts, inherited }, "delivered a cut");
    },
  };
}
