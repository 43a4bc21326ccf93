-- Jobs of DELETE /v1/data. Each change of a job is a row with a higher Version. What a job names is needed for what arrives late,
-- and is forgotten after that: a list of what was to be forgotten would be a poor way to forget it. Ids of traces are numbers here,
-- so that nobody who looks for one as text finds it.
CREATE TABLE IF NOT EXISTS {db}.deletion_jobs (
  JobId String COMMENT '32 hex digits' CODEC(ZSTD(1)),
  Version UInt64 COMMENT 'The row with the highest one counts' CODEC(ZSTD(1)),
  Kind LowCardinality(String) COMMENT 'service | traces | label' CODEC(ZSTD(1)),
  Service String COMMENT 'service.name, of kind service' CODEC(ZSTD(1)) TTL toDateTime(RequestedAt) + INTERVAL 3 DAY,
  TraceIds Array(UInt128) COMMENT 'Trace ids as numbers, of kind traces' CODEC(ZSTD(1)) TTL toDateTime(RequestedAt) + INTERVAL 3 DAY,
  LabelKey String COMMENT 'Key of the label, of kind label' CODEC(ZSTD(1)) TTL toDateTime(RequestedAt) + INTERVAL 3 DAY,
  LabelValue String COMMENT 'Value of the label, of kind label' CODEC(ZSTD(1)) TTL toDateTime(RequestedAt) + INTERVAL 3 DAY,
  State LowCardinality(String) COMMENT 'queued | running | done' CODEC(ZSTD(1)),
  Step LowCardinality(String) COMMENT 'Table that is worked on; empty: none' CODEC(ZSTD(1)),
  Rows Map(LowCardinality(String), UInt64) COMMENT 'Rows removed, or emptied of what was to go, by table' CODEC(ZSTD(1)),
  Error String COMMENT 'Why the last attempt failed; empty: it did not' CODEC(ZSTD(1)),
  Passes UInt32 COMMENT 'Times all tables were gone through' CODEC(ZSTD(1)),
  NextPassAt DateTime64(3, 'UTC') COMMENT 'When it looks for what arrived late; 1970: never again' CODEC(ZSTD(1)),
  RequestedAt DateTime64(3, 'UTC') COMMENT 'When it was asked for, by the clock of the correlator' CODEC(ZSTD(1)),
  FinishedAt DateTime64(3, 'UTC') COMMENT 'End of the first pass; 1970: not yet' CODEC(ZSTD(1)),
  Owner LowCardinality(String) COMMENT 'Correlator process that works on it' CODEC(ZSTD(1)),
  UpdatedAt DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was written, by the clock of ClickHouse' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY JobId
TTL toDateTime(RequestedAt) + INTERVAL 90 DAY
SETTINGS index_granularity = 256
COMMENT 'Jobs that delete data: of a service, of traces, or of a label.';
