import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Place, PLACES } from "./room.ts";

export interface Metrics {
  readonly registry: Registry;
  readonly records: Counter<"source" | "kind">;
  readonly rows: Counter<"table">;
  readonly batches: Counter<"kind" | "inherited">;
  readonly deadLetters: Counter<"kind">;
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

/** A registry of its own for each correlator: several may live in one process. */
export function createMetrics(
  isFull: (place: Place) => boolean,
  gauges: Readonly<
    Record<
      "logBytes" | "logRecords" | "logDamaged" | "kafkaLag" | "deletionsOpen" | "storeBytes" | "freeBytes",
      () => number
    >
  >,
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    // Registers itself.
    void new Gauge({
      name: `hotspan_correlator_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge("log_bytes", "Bytes the ingest log holds", gauges.logBytes);
  gauge("log_records", "Records of the ingest log that are not stored yet", gauges.logRecords);
  gauge("log_damaged", "Damaged stretches of the ingest log that were passed over", gauges.logDamaged);
  gauge("kafka_lag", "Records of the assigned partitions that are not stored yet", gauges.kafkaLag);
  gauge(
    "deletion_jobs_open",
    "Jobs of DELETE /v1/data, of all correlators, that are not done",
    gauges.deletionsOpen,
  );
  gauge("store_bytes", "Bytes of our tables in ClickHouse, as of the last look", gauges.storeBytes);
  gauge("store_free_bytes", "Least room on a disk of ClickHouse, as of the last look", gauges.freeBytes);
  void new Gauge({
    name: "hotspan_correlator_paused",
    help: "1 while ingest pauses for want of room: ClickHouse's disk, that of the ingest log, or the limit",
    labelNames: ["place"],
    registers,
    collect() {
      for (const place of PLACES) this.set({ place }, isFull(place) ? 1 : 0);
    },
  });
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> =>
    new Counter({ name: `hotspan_correlator_${name}`, help, labelNames: [...labelNames], registers });
  return {
    registry,
    records: counter("records_total", "Records delivered", ["source", "kind"]),
    rows: counter("rows_total", "Rows of acknowledged inserts", ["table"]),
    batches: counter("batches_total", "Cuts delivered", ["kind", "inherited"]),
    deadLetters: counter("dead_letters_total", "Records nobody can read", ["kind"]),
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
