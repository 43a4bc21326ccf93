-- What every column means, with its unit: those of OpenTelemetry's tables, and those that came without.
ALTER TABLE {db}.otel_traces
  COMMENT COLUMN IF EXISTS Timestamp 'Start of the span, UTC, to the nanosecond',
  COMMENT COLUMN IF EXISTS TraceId '32 lower-case hex digits',
  COMMENT COLUMN IF EXISTS SpanId '16 lower-case hex digits',
  COMMENT COLUMN IF EXISTS ParentSpanId '16 lower-case hex digits; empty: the root of its trace',
  COMMENT COLUMN IF EXISTS TraceState 'W3C tracestate header, as text',
  COMMENT COLUMN IF EXISTS SpanName 'Name of the operation: GET /cart',
  COMMENT COLUMN IF EXISTS SpanKind 'Unspecified | Internal | Server | Client | Producer | Consumer',
  COMMENT COLUMN IF EXISTS ServiceName 'service.name',
  COMMENT COLUMN IF EXISTS ResourceAttributes 'Attributes of the process, as text: service.version, host.name',
  COMMENT COLUMN IF EXISTS ScopeName 'Instrumentation that made the span',
  COMMENT COLUMN IF EXISTS ScopeVersion 'Version of that instrumentation',
  COMMENT COLUMN IF EXISTS SpanAttributes 'Attributes of the span, as text',
  COMMENT COLUMN IF EXISTS Duration 'End minus start, ns; above 9223372036854775807: the span ended before it began',
  COMMENT COLUMN IF EXISTS StatusCode 'Unset | Ok | Error',
  COMMENT COLUMN IF EXISTS StatusMessage 'What went wrong, in words; mostly empty',
  COMMENT COLUMN IF EXISTS `Events.Timestamp` 'Per event of the span: when, UTC, to the nanosecond',
  COMMENT COLUMN IF EXISTS `Events.Name` 'Per event: its name, such as exception',
  COMMENT COLUMN IF EXISTS `Events.Attributes` 'Per event: its attributes, as text',
  COMMENT COLUMN IF EXISTS `Links.TraceId` 'Per link to another span: its trace, 32 hex digits',
  COMMENT COLUMN IF EXISTS `Links.SpanId` 'Per link: the other span, 16 hex digits',
  COMMENT COLUMN IF EXISTS `Links.TraceState` 'Per link: W3C tracestate header of the other span',
  COMMENT COLUMN IF EXISTS `Links.Attributes` 'Per link: its attributes, as text';
ALTER TABLE {db}.otel_traces_trace_id_ts
  COMMENT COLUMN IF EXISTS TraceId '32 lower-case hex digits',
  COMMENT COLUMN IF EXISTS Start 'Start of the first of these spans, UTC, rounded down to the second',
  COMMENT COLUMN IF EXISTS End 'Start of the last of these spans, UTC, rounded down to the second';
ALTER TABLE {db}.otel_traces_trace_id_ts_mv MODIFY COMMENT 'Fills otel_traces_trace_id_ts as spans are inserted. Read that table.';
ALTER TABLE {db}.otel_traces_trace_id_ts_mv
  COMMENT COLUMN IF EXISTS TraceId '32 lower-case hex digits',
  COMMENT COLUMN IF EXISTS Start 'Start of the first of these spans, UTC, rounded down to the second',
  COMMENT COLUMN IF EXISTS End 'Start of the last of these spans, UTC, rounded down to the second';
ALTER TABLE {db}.profile_traces
  COMMENT COLUMN IF EXISTS ProfileType 'As in profile_samples',
  COMMENT COLUMN IF EXISTS Bucket 'As in profile_samples: ten minutes, UTC',
  COMMENT COLUMN IF EXISTS Endpoint 'As in profile_samples: name of the local root; empty when unknown',
  COMMENT COLUMN IF EXISTS Thread 'Node.js threadId, 0 is the main thread';
ALTER TABLE {db}.profile_batches
  COMMENT COLUMN IF EXISTS ConsumerGroup 'Kafka consumer group',
  COMMENT COLUMN IF EXISTS TopicId 'Kafka topic id, or kind and id of an ingest log',
  COMMENT COLUMN IF EXISTS Partition 'Partition of the topic',
  COMMENT COLUMN IF EXISTS InsertedAt 'When the cut was decided, UTC, to the millisecond';
ALTER TABLE {db}.profile_claims COMMENT COLUMN IF EXISTS ClaimedAt 'When the window was claimed, UTC, to the second';
ALTER TABLE {db}.schema_migrations
  COMMENT COLUMN IF EXISTS Name 'Name of the file, without number and ending',
  COMMENT COLUMN IF EXISTS AppliedAt 'When it had run, UTC, to the millisecond';
