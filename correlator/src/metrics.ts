import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { PartitionFacts, PartitionState } from "./partitions.ts";
import { type Place, PLACES } from "./room.ts";

export interface Metrics {
  readonly registry: Registry;
  readonly records: Counter<"source" | "kind">;
  readonly rows: Counter<"table">;
  readonly batches: Counter<"kind" | "inherited">;
  readonly deadLetters: Counter<"kind" | "code">;
  readonly repeatedWindows: Counter;
  readonly rejectedSpans: Counter;
  readonly failures: Counter<"step">;
  readonly vanished: Counter<"table">;
  readonly overlaps: Counter;
  readonly insertSeconds: Histogram<"table">;
  readonly requests: Counter<"route" | "status">;
  readonly deletionJobs: Counter<"kind">;
  readonly deletedRows: Counter<"table">;
}

/** What is read when somebody asks. */
export interface Gauges {
  readonly logBytes: () => number;
  readonly logRecords: () => number;
  readonly logDamaged: () => number;
  readonly partitions: () => readonly PartitionFacts[];
  readonly ready: () => boolean;
  readonly isFull: (place: Place) => boolean;
  readonly deletionsOpen: () => number;
  readonly storeBytes: () => number;
  readonly freeBytes: () => number;
}

const states: readonly PartitionState[] = ["idle", "storing", "retrying"];

/** A registry of its own for each correlator: several may live in one process. What each is for: docs/metrics.md. */
export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = <T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[],
    collect: (to: Gauge<T>) => void,
  ): void => {
    // Registers itself.
    void new Gauge({
      name: `hotspan_correlator_${name}`,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset();
        collect(this);
      },
    });
  };
  gauge("ready", "1 when /readyz answers 200", [], (to) => to.set(gauges.ready() ? 1 : 0));
  gauge("log_bytes", "Bytes the ingest log holds", [], (to) => to.set(gauges.logBytes()));
  gauge("log_records", "Records of the ingest log that are not stored yet", [], (to) =>
    to.set(gauges.logRecords()),
  );
  gauge("log_damaged", "Damaged stretches of the ingest log that were passed over", [], (to) =>
    to.set(gauges.logDamaged()),
  );
  gauge("deletion_jobs_open", "Jobs of DELETE /v1/data, of all correlators, that are not done", [], (to) =>
    to.set(gauges.deletionsOpen()),
  );
  gauge("store_bytes", "Bytes of our tables in ClickHouse, as of the last look", [], (to) =>
    to.set(gauges.storeBytes()),
  );
  gauge("store_free_bytes", "Least room on a disk of ClickHouse, as of the last look", [], (to) =>
    to.set(gauges.freeBytes()),
  );
  const full =
    "1 while ingest pauses for want of room: ClickHouse's disk, that of the ingest log, or the limit";
  gauge("paused", full, ["place"], (to) => {
    for (const place of PLACES) to.set({ place }, gauges.isFull(place) ? 1 : 0);
  });
  const ofPartitions = ["topic", "partition"] as const;
  gauge("lag_records", "Records of a partition that are not stored yet", ofPartitions, (to) => {
    for (const { topic, partition, lagRecords } of gauges.partitions())
      to.set({ topic, partition }, lagRecords);
  });
  gauge("lag_seconds", "How long the oldest of them has waited", ofPartitions, (to) => {
    for (const { topic, partition, lagMs } of gauges.partitions()) to.set({ topic, partition }, lagMs / 1000);
  });
  gauge(
    "partition_state",
    "1 for the state a partition is in: idle, storing, retrying",
    [...ofPartitions, "state"],
    (to) => {
      for (const { topic, partition, state } of gauges.partitions())
        for (const one of states) to.set({ topic, partition, state: one }, one === state ? 1 : 0);
    },
  );
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> =>
    new Counter({ name: `hotspan_correlator_${name}`, help, labelNames: [...labelNames], registers });
  return {
    registry,
    records: counter("records_total", "Records delivered", ["source", "kind"]),
    rows: counter("rows_total", "Rows of acknowledged inserts", ["table"]),
    batches: counter("batches_total", "Cuts delivered", ["kind", "inherited"]),
    deadLetters: counter("dead_letters_total", "Records nobody can read", ["kind", "code"]),
    repeatedWindows: counter("repeated_windows_total", "Windows a producer sent again, dropped"),
    rejectedSpans: counter("rejected_spans_total", "Spans refused for their time or ids"),
    failures: counter("failures_total", "Attempts that failed and are repeated", ["step"]),
    vanished: counter("vanished_blocks_total", "Acknowledged blocks that are not in their table", ["table"]),
    overlaps: counter("overlapping_cuts_total", "Cuts begun inside an older one whose records are gone"),
    insertSeconds: new Histogram({
      name: "hotspan_correlator_insert_seconds",
      help: "Time of one insert",
      labelNames: ["table"],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      registers,
    }),
    deletionJobs: counter("deletion_jobs_total", "Jobs of DELETE /v1/data taken here", ["kind"]),
    deletedRows: counter("deleted_rows_total", "Rows deleted, or emptied of what was to go", ["table"]),
    requests: counter("http_requests_total", "Requests answered", ["route", "status"]),
  };
}
