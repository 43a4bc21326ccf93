-- A TTL drops whole days: rows that shall outlive their neighbours need a table of their own. The correlator copies them there once
-- a day. Ordered by trace, as a trace is all that is asked for, and Replacing, so that a day may be copied any number of times.
CREATE TABLE IF NOT EXISTS {db}.profile_samples_slow (
  TraceId String COMMENT '32 lower-case hex digits' CODEC(ZSTD(1)),
  SpanId String COMMENT '16 lower-case hex digits: the span active when the tick fired' CODEC(ZSTD(1)),
  Timestamp DateTime64(6, 'UTC') COMMENT 'When the tick fired' CODEC(Delta(8), ZSTD(1)),
  Instance LowCardinality(String) COMMENT 'One process start, 32 hex digits; joins profile_instances' CODEC(ZSTD(1)),
  Thread UInt32 COMMENT 'Node.js threadId, 0 is the main thread' CODEC(ZSTD(1)),
  StackHash UInt64 COMMENT 'Joins profile_stacks by (ServiceName, StackHash)' CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) COMMENT 'service.name' CODEC(ZSTD(1)),
  ProfileType LowCardinality(String) COMMENT 'wall: no other type is kept' CODEC(ZSTD(1)),
  Bucket DateTime('UTC') COMMENT 'Timestamp rounded down to 10 minutes' CODEC(Delta(4), ZSTD(1)),
  Endpoint LowCardinality(String) COMMENT 'Name of the local root: GET /cart; empty when unknown' CODEC(ZSTD(1)),
  State Enum8('js' = 1, 'gc' = 2, 'program' = 3) COMMENT 'What V8 was doing' CODEC(ZSTD(1)),
  Samples UInt64 COMMENT 'Samples this row sums up: 1, of a tick' CODEC(ZSTD(1)),
  Value Int64 COMMENT 'Wall time these samples stand for, ns' CODEC(ZSTD(1)),
  CpuNano Int64 COMMENT 'CPU time of the thread since the tick before, ns' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(Bucket)
ORDER BY (TraceId, SpanId, Timestamp, Instance, Thread, StackHash, ServiceName, ProfileType, Bucket, Endpoint, State)
TTL Bucket + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024
COMMENT 'Samples of the traces of slow local roots, kept longer than the rest. Read with FINAL, and of ten minutes that profile_samples has no more.';

CREATE TABLE IF NOT EXISTS {db}.profile_slow_days (
  Day Date COMMENT 'The day that was copied, UTC' CODEC(ZSTD(1)),
  Traces UInt64 COMMENT 'Slow traces of that day' CODEC(ZSTD(1)),
  Samples UInt64 COMMENT 'Samples of theirs in profile_samples_slow' CODEC(ZSTD(1)),
  CopiedAt DateTime('UTC') DEFAULT now() COMMENT 'When the copy was complete, UTC' CODEC(ZSTD(1)),
  CopiedBy LowCardinality(String) COMMENT 'Correlator process: host/pid/random' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY Day
TTL Day + INTERVAL 400 DAY
COMMENT 'Days whose slow traces are in profile_samples_slow.';

-- Parameterised views: SELECT * FROM span_profile(trace_id = '…', span_id = '…'). A view runs with the caller's rights.
-- Of ten minutes that both tables of samples have, those of profile_samples count: the others are their copies.
CREATE OR REPLACE VIEW {db}.span_profile AS
WITH
  places AS (SELECT ServiceName, ProfileType, Bucket, Endpoint FROM {db}.profile_traces WHERE TraceId = {trace_id:String}),
  tiers AS (
    SELECT 0 AS tier, ServiceName, Bucket, StackHash, count() AS n, sum(Value) AS wall, sum(CpuNano) AS cpu
    FROM {db}.profile_samples
    WHERE (ServiceName, ProfileType, Bucket, Endpoint) IN (SELECT * FROM places)
      AND ProfileType = 'wall' AND TraceId = {trace_id:String} AND SpanId = {span_id:String}
    GROUP BY ServiceName, Bucket, StackHash
    UNION ALL
    SELECT 1, ServiceName, Bucket, StackHash, sum(Samples), sum(Value), sum(CpuNano)
    FROM {db}.profile_samples_slow FINAL
    WHERE TraceId = {trace_id:String} AND SpanId = {span_id:String} AND ProfileType = 'wall'
    GROUP BY ServiceName, Bucket, StackHash
  ),
  samples AS (
    SELECT ServiceName, StackHash, sum(n) AS Samples, sum(wall) AS WallNano, sum(cpu) AS CpuNano
    FROM (SELECT *, min(tier) OVER (PARTITION BY Bucket) AS first FROM tiers) WHERE tier = first
    GROUP BY ServiceName, StackHash
  ),
  stacks AS (
    SELECT ServiceName, StackHash, any(Functions) AS Functions, any(Files) AS Files, any(Lines) AS Lines, any(Packages) AS Packages
    FROM {db}.profile_stacks
    WHERE (ServiceName, StackHash) IN (SELECT ServiceName, StackHash FROM tiers)
    GROUP BY ServiceName, StackHash
  )
SELECT samples.ServiceName AS ServiceName, samples.StackHash AS StackHash, Samples, WallNano, CpuNano, Functions, Files, Lines, Packages
FROM samples LEFT JOIN stacks ON samples.ServiceName = stacks.ServiceName AND samples.StackHash = stacks.StackHash
ORDER BY WallNano DESC
COMMENT 'Stacks sampled while the span was active: its own code, not its children. Functions, Files, Lines and Packages are leaf first; WallNano and CpuNano in ns.';

CREATE OR REPLACE VIEW {db}.trace_profile AS
WITH
  places AS (SELECT ServiceName, ProfileType, Bucket, Endpoint FROM {db}.profile_traces WHERE TraceId = {trace_id:String}),
  tiers AS (
    SELECT 0 AS tier, ServiceName, SpanId, Bucket, StackHash, count() AS n, sum(Value) AS wall, sum(CpuNano) AS cpu
    FROM {db}.profile_samples
    WHERE (ServiceName, ProfileType, Bucket, Endpoint) IN (SELECT * FROM places)
      AND ProfileType = 'wall' AND TraceId = {trace_id:String}
    GROUP BY ServiceName, SpanId, Bucket, StackHash
    UNION ALL
    SELECT 1, ServiceName, SpanId, Bucket, StackHash, sum(Samples), sum(Value), sum(CpuNano)
    FROM {db}.profile_samples_slow FINAL
    WHERE TraceId = {trace_id:String} AND ProfileType = 'wall'
    GROUP BY ServiceName, SpanId, Bucket, StackHash
  ),
  samples AS (
    SELECT ServiceName, SpanId, StackHash, sum(n) AS Samples, sum(wall) AS WallNano, sum(cpu) AS CpuNano
    FROM (SELECT *, min(tier) OVER (PARTITION BY Bucket) AS first FROM tiers) WHERE tier = first
    GROUP BY ServiceName, SpanId, StackHash
  ),
  stacks AS (
    SELECT ServiceName, StackHash, any(Functions) AS Functions, any(Files) AS Files, any(Lines) AS Lines, any(Packages) AS Packages
    FROM {db}.profile_stacks
    WHERE (ServiceName, StackHash) IN (SELECT ServiceName, StackHash FROM tiers)
    GROUP BY ServiceName, StackHash
  )
SELECT samples.ServiceName AS ServiceName, SpanId, samples.StackHash AS StackHash, Samples, WallNano, CpuNano, Functions, Files, Lines, Packages
FROM samples LEFT JOIN stacks ON samples.ServiceName = stacks.ServiceName AND samples.StackHash = stacks.StackHash
ORDER BY WallNano DESC
COMMENT 'Stacks of a whole trace, by span. Functions, Files, Lines and Packages are leaf first; WallNano and CpuNano in ns.';

CREATE OR REPLACE VIEW {db}.slow_spans AS
WITH spans AS (
  SELECT Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind,
    -- A span that ends before it starts is stored with a wrapped duration.
    if(Duration > 9223372036854775807, 0, Duration) AS DurationNano, StatusCode
  FROM {db}.otel_traces
  WHERE ServiceName = {service:String} AND Timestamp >= {from:DateTime64(3, 'UTC')} AND Timestamp < {to:DateTime64(3, 'UTC')}
  -- The Collector may deliver a span twice.
  ORDER BY DurationNano DESC LIMIT 1 BY TraceId, SpanId LIMIT 1000
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
COMMENT 'The 1000 longest spans of a service that began in [from, to). DurationNano in ns; Samples, WallNano and CpuNano (ns) were sampled in their own code, and are 0 once samples have expired.';

-- By whole ten minutes and stacks, as the projection by_stack has them.
CREATE OR REPLACE VIEW {db}.flamegraph AS
WITH sums AS (
  SELECT StackHash, count() AS n, sum(Value) AS wall, sum(CpuNano) AS cpu
  FROM {db}.profile_samples
  WHERE ServiceName = {service:String} AND ProfileType = 'wall'
    AND Bucket >= toStartOfInterval({from:DateTime64(3, 'UTC')}, INTERVAL 10 MINUTE) AND Bucket < {to:DateTime64(3, 'UTC')}
  GROUP BY StackHash
),
stacks AS (
  SELECT StackHash, any(Functions) AS Functions, any(Files) AS Files, any(Lines) AS Lines, any(Packages) AS Packages
  FROM {db}.profile_stacks
  WHERE ServiceName = {service:String} AND StackHash IN (SELECT StackHash FROM sums)
  GROUP BY StackHash
)
SELECT arrayStringConcat(arrayReverse(Functions), ';') AS Stack, sums.StackHash AS StackHash, n AS Samples, wall AS WallNano, cpu AS CpuNano,
  Functions, Files, Lines, Packages
FROM sums LEFT JOIN stacks ON sums.StackHash = stacks.StackHash
ORDER BY WallNano DESC
COMMENT 'All stacks of a service, of the ten minutes that begin in [from, to), the one of from included. Stack is collapsed, root;…;leaf; Functions, Files, Lines and Packages are leaf first; WallNano and CpuNano in ns.';

CREATE OR REPLACE VIEW {db}.endpoint_hotspots AS
WITH sums AS (
  SELECT Endpoint, StackHash, count() AS n, sum(Value) AS wall, sum(CpuNano) AS cpu
  FROM {db}.profile_samples
  WHERE ServiceName = {service:String} AND ProfileType = 'wall'
    AND Bucket >= toStartOfInterval({from:DateTime64(3, 'UTC')}, INTERVAL 10 MINUTE) AND Bucket < {to:DateTime64(3, 'UTC')}
  GROUP BY Endpoint, StackHash
),
leaves AS (
  SELECT StackHash, any(Functions[1]) AS Function, any(Files[1]) AS File, any(Packages[1]) AS Package, any(Kinds[1]) AS Kind
  FROM {db}.profile_stacks
  WHERE ServiceName = {service:String} AND StackHash IN (SELECT StackHash FROM sums)
  GROUP BY StackHash
)
SELECT Endpoint, Function, File, Package, Kind, sum(n) AS Samples, sum(wall) AS SelfWallNano, sum(cpu) AS SelfCpuNano,
  SelfWallNano / sum(SelfWallNano) OVER (PARTITION BY Endpoint) AS ShareOfEndpoint
FROM sums LEFT JOIN leaves ON sums.StackHash = leaves.StackHash
GROUP BY Endpoint, Function, File, Package, Kind
ORDER BY SelfWallNano DESC LIMIT 20 BY Endpoint
COMMENT 'The 20 functions of each endpoint with the most self time, of the ten minutes that begin in [from, to), the one of from included. SelfWallNano and SelfCpuNano in ns; ShareOfEndpoint 0..1 of its wall time; Endpoint is empty for what ran outside requests.';

CREATE OR REPLACE VIEW {db}.loop_blame AS
WITH
  turns AS (
    SELECT Instance, Thread, toUnixTimestamp64Micro(Start) + turn.1 AS Begin, turn.2 AS Busy, if(turn.3 = 0, '', LabelEndpoint[turn.3]) AS Beginner
    FROM {db}.profile_windows
    ARRAY JOIN arrayFilter(one -> one.2 >= 5000, arrayZip(arrayCumSum(TurnDelta), TurnBusy, TurnLabel)) AS turn
    WHERE Instance IN (SELECT Instance FROM {db}.profile_instances WHERE ServiceName = {service:String})
      AND ServiceName = {service:String} AND Start >= {from:DateTime64(3, 'UTC')} AND Start < {to:DateTime64(3, 'UTC')} AND HasJournal
  ),
  ticks AS (
    SELECT Instance, Thread, toUnixTimestamp64Micro(Timestamp) AS At, Endpoint, StackHash
    FROM {db}.profile_samples
    WHERE ServiceName = {service:String} AND ProfileType = 'wall'
      AND Bucket >= toStartOfInterval({from:DateTime64(3, 'UTC')}, INTERVAL 10 MINUTE) AND Bucket < {to:DateTime64(3, 'UTC')} + INTERVAL 10 MINUTE
  ),
  seen AS (
    SELECT turns.Instance AS Instance, turns.Thread AS Thread, turns.Begin AS Begin, ticks.Endpoint AS Endpoint, ticks.StackHash AS StackHash,
      count() AS n, sum(n) OVER (PARTITION BY Instance, Thread, Begin) AS ofTurn
    FROM ticks ASOF INNER JOIN turns ON ticks.Instance = turns.Instance AND ticks.Thread = turns.Thread AND ticks.At >= turns.Begin
    WHERE ticks.At < turns.Begin + turns.Busy
    GROUP BY Instance, Thread, Begin, Endpoint, StackHash
  ),
  stacks AS (
    -- Of its own code the innermost function, else the leaf.
    SELECT StackHash, any(greatest(indexOf(Kinds, 'app'), 1)) AS at, any(Functions)[at] AS Function, any(Files)[at] AS File, any(Packages)[at] AS Package
    FROM {db}.profile_stacks
    WHERE ServiceName = {service:String} AND StackHash IN (
      SELECT StackHash FROM {db}.profile_samples
      WHERE ServiceName = {service:String} AND ProfileType = 'wall'
        AND Bucket >= toStartOfInterval({from:DateTime64(3, 'UTC')}, INTERVAL 10 MINUTE) AND Bucket < {to:DateTime64(3, 'UTC')} + INTERVAL 10 MINUTE
      GROUP BY StackHash)
    GROUP BY StackHash
  )
SELECT if(seen.n = 0, Beginner, seen.Endpoint) AS Endpoint, Function, File, Package,
  toUInt64(sum(if(seen.n = 0, 1, seen.n / ofTurn) * Busy) * 1000) AS HeldNano, uniqExact(turns.Instance, turns.Thread, turns.Begin) AS Turns,
  toUInt64(max(Busy)) * 1000 AS LongestTurnNano
FROM turns
LEFT JOIN seen ON turns.Instance = seen.Instance AND turns.Thread = seen.Thread AND turns.Begin = seen.Begin
LEFT JOIN stacks ON seen.StackHash = stacks.StackHash
GROUP BY Endpoint, Function, File, Package
ORDER BY HeldNano DESC
COMMENT 'Who held the event loop: turns of 5 ms and longer in windows of a service that began in [from, to), each shared out by the samples that fell into it. Function is the innermost of the own code, else the leaf, and empty where no sample fell into a turn; HeldNano and LongestTurnNano in ns. Unlike the ledger it does not ask whether anybody was waiting, counts garbage collections and time without a processor as held, and knows nothing of turns under 5 ms or of windows without a journal.';

CREATE OR REPLACE VIEW {db}.cpu_per_1000_requests AS
WITH
  requests AS (
    SELECT HotspanEndpoint AS Endpoint, ResourceAttributes['service.version'] AS Version, uniqExact(TraceId, SpanId) AS n
    FROM {db}.otel_traces
    WHERE ServiceName = {service:String} AND Timestamp >= {from:DateTime64(3, 'UTC')} AND Timestamp < {to:DateTime64(3, 'UTC')}
      AND SpanKind IN ('Server', 'Consumer')
    GROUP BY Endpoint, Version
  ),
  versions AS (
    SELECT Instance, argMax(ServiceVersion, LastSeen) AS Version
    FROM {db}.profile_instances WHERE ServiceName = {service:String} GROUP BY Instance
  ),
  cpu AS (
    SELECT Endpoint, Version, sum(c) AS nano, sum(s) AS samples
    FROM (
      SELECT Endpoint, Instance, sum(CpuNano) AS c, count() AS s
      FROM {db}.profile_samples
      WHERE ServiceName = {service:String} AND ProfileType = 'wall'
        AND Bucket >= toStartOfInterval({from:DateTime64(3, 'UTC')}, INTERVAL 10 MINUTE) AND Bucket < {to:DateTime64(3, 'UTC')}
        AND Timestamp >= {from:DateTime64(3, 'UTC')} AND Timestamp < {to:DateTime64(3, 'UTC')}
      GROUP BY Endpoint, Instance
    ) AS used LEFT JOIN versions ON used.Instance = versions.Instance
    GROUP BY Endpoint, Version
  )
SELECT requests.Endpoint AS Endpoint, requests.Version AS Version, requests.n AS Requests, cpu.samples AS Samples, cpu.nano / 1e9 AS CpuSeconds,
  CpuSeconds * 1000 / Requests AS CpuSecondsPer1000Requests
FROM requests LEFT JOIN cpu ON requests.Endpoint = cpu.Endpoint AND requests.Version = cpu.Version
ORDER BY CpuSeconds DESC
COMMENT 'What requests of each endpoint and version of a service cost in [from, to), in seconds of CPU sampled under their label. Requests are spans of kind Server and Consumer in otel_traces: where traces are sampled, or a request makes two such spans, the figure is off by that factor. Version is service.version, empty when unknown.';
