-- Parameterised views: SELECT * FROM span_profile(trace_id = '…', span_id = '…'). A view runs with the caller's rights.
-- The time bounds come from profile_traces, so that only the days and keys of that trace are read.
CREATE OR REPLACE VIEW {db}.span_profile AS
WITH
  places AS (SELECT ServiceName, ProfileType, Bucket, Endpoint FROM {db}.profile_traces WHERE TraceId = {trace_id:String}),
  samples AS (
    SELECT ServiceName, StackHash, count() AS Samples, sum(Value) AS WallNano, sum(CpuNano) AS CpuNano
    FROM {db}.profile_samples
    WHERE (ServiceName, ProfileType, Bucket, Endpoint) IN (SELECT * FROM places)
      AND ProfileType = 'wall' AND TraceId = {trace_id:String} AND SpanId = {span_id:String}
    GROUP BY ServiceName, StackHash
  ),
  stacks AS (
    SELECT ServiceName, StackHash, any(Functions) AS Functions, any(Files) AS Files, any(Lines) AS Lines, any(Packages) AS Packages
    FROM {db}.profile_stacks
    WHERE (ServiceName, StackHash) IN (SELECT ServiceName, StackHash FROM samples)
    GROUP BY ServiceName, StackHash
  )
SELECT samples.ServiceName AS ServiceName, samples.StackHash AS StackHash, Samples, WallNano, CpuNano, Functions, Files, Lines, Packages
FROM samples LEFT JOIN stacks ON samples.ServiceName = stacks.ServiceName AND samples.StackHash = stacks.StackHash
ORDER BY WallNano DESC
COMMENT 'Stacks sampled while the span was active (its own code, not its children), leaf first. Wall and CPU time in ns.';

CREATE OR REPLACE VIEW {db}.trace_profile AS
WITH
  places AS (SELECT ServiceName, ProfileType, Bucket, Endpoint FROM {db}.profile_traces WHERE TraceId = {trace_id:String}),
  samples AS (
    SELECT ServiceName, SpanId, StackHash, count() AS Samples, sum(Value) AS WallNano, sum(CpuNano) AS CpuNano
    FROM {db}.profile_samples
    WHERE (ServiceName, ProfileType, Bucket, Endpoint) IN (SELECT * FROM places)
      AND ProfileType = 'wall' AND TraceId = {trace_id:String}
    GROUP BY ServiceName, SpanId, StackHash
  ),
  stacks AS (
    SELECT ServiceName, StackHash, any(Functions) AS Functions, any(Files) AS Files, any(Lines) AS Lines, any(Packages) AS Packages
    FROM {db}.profile_stacks
    WHERE (ServiceName, StackHash) IN (SELECT ServiceName, StackHash FROM samples)
    GROUP BY ServiceName, StackHash
  )
SELECT samples.ServiceName AS ServiceName, SpanId, samples.StackHash AS StackHash, Samples, WallNano, CpuNano, Functions, Files, Lines, Packages
FROM samples LEFT JOIN stacks ON samples.ServiceName = stacks.ServiceName AND samples.StackHash = stacks.StackHash
ORDER BY WallNano DESC
COMMENT 'Stacks of a whole trace, by span, leaf first. Wall and CPU time in ns.';

CREATE OR REPLACE VIEW {db}.slow_spans AS
WITH spans AS (
  SELECT Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, Duration AS DurationNano, StatusCode
  FROM {db}.otel_traces
  WHERE ServiceName = {service:String} AND Timestamp >= {from:DateTime64(3, 'UTC')} AND Timestamp < {to:DateTime64(3, 'UTC')}
  -- The Collector may deliver a span twice.
  ORDER BY Duration DESC LIMIT 1 BY TraceId, SpanId LIMIT 1000
),
samples AS (
  SELECT TraceId, SpanId, count() AS Samples, sum(Value) AS WallNano, sum(CpuNano) AS CpuNano
  FROM {db}.profile_samples
  WHERE ServiceName = {service:String} AND ProfileType = 'wall'
    AND Bucket >= toStartOfInterval({from:DateTime64(3, 'UTC')}, INTERVAL 10 MINUTE)
    -- A span begun before `to` may still be sampled after it.
    AND Bucket < {to:DateTime64(3, 'UTC')} + INTERVAL 1 HOUR
    AND (TraceId, SpanId) IN (SELECT TraceId, SpanId FROM spans)
  GROUP BY TraceId, SpanId
)
SELECT spans.*, Samples, WallNano, CpuNano
FROM spans LEFT JOIN samples ON spans.TraceId = samples.TraceId AND spans.SpanId = samples.SpanId
ORDER BY DurationNano DESC
COMMENT 'The 1000 longest spans of a service that began in [from, to), with the time sampled in their own code. Times in ns.';
