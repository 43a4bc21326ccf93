-- What operators are told of ingest. Each correlator writes a row every 10 s, with a deduplication token, so that dead letters can
-- be summed. In ClickHouse, since a query API that asks correlators would have to know them and reach them all.
CREATE TABLE IF NOT EXISTS {db}.ingest_status (
  At DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was written, by the clock of the server' CODEC(Delta(8), ZSTD(1)),
  Correlator LowCardinality(String) COMMENT 'host/pid/random: one start of a process' CODEC(ZSTD(1)),
  LagMessages UInt64 COMMENT 'Records this process is to store and has not stored yet' CODEC(ZSTD(1)),
  LagMs UInt64 COMMENT 'How long the oldest of them has waited, ms' CODEC(ZSTD(1)),
  DeadLetters UInt64 COMMENT 'Records nobody could read, since the row before of this process' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(At)
ORDER BY (At, Correlator)
TTL toDateTime(At) + INTERVAL 3 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 10000
COMMENT 'How far behind the correlators are: of each the latest row, if it is younger than 30 s.';

-- As by_time, which it takes the place of, with what the figures of the fleet are made of; and those figures of each ten minutes.
-- A day of 240 processes is two million windows.
ALTER TABLE {db}.profile_windows ADD PROJECTION IF NOT EXISTS of_time (
  SELECT Start, End, Instance, Thread, ServiceName, ServiceVersion, Seq, Part, Parts, StartUnixNano, EndUnixNano, PeriodNano, Mode, Schedule, QuietLoop,
    HasJournal, ExpectedTicks, TakenTicks, DroppedContexts, FlushStallNano, ThreadCpuNano
  ORDER BY Start
) WITH SETTINGS (index_granularity = 4096);
ALTER TABLE {db}.profile_windows MATERIALIZE PROJECTION of_time SETTINGS mutations_sync = 0, alter_sync = 0;
ALTER TABLE {db}.profile_windows ADD PROJECTION IF NOT EXISTS of_thread (
  SELECT toStartOfTenMinutes(Start), ServiceName, ServiceVersion, Instance, Thread, Part, Mode, Schedule, PeriodNano, QuietLoop,
    count(), min(Seq), max(Seq), max(EndUnixNano), sum(EndUnixNano - StartUnixNano), sum(ExpectedTicks), sum(TakenTicks), sum(DroppedContexts),
    max(FlushStallNano), sum(ThreadCpuNano)
  GROUP BY toStartOfTenMinutes(Start), ServiceName, ServiceVersion, Instance, Thread, Part, Mode, Schedule, PeriodNano, QuietLoop
);
ALTER TABLE {db}.profile_windows MATERIALIZE PROJECTION of_thread SETTINGS mutations_sync = 0, alter_sync = 0;
ALTER TABLE {db}.profile_windows DROP PROJECTION IF EXISTS by_time SETTINGS mutations_sync = 0, alter_sync = 0;
