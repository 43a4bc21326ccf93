// Statements to start from. They run as they are, over the last hour.

export interface Recipe {
  readonly title: string;
  readonly query: string;
}

export const recipes: readonly Recipe[] = [
  {
    title: "Hottest functions",
    query: `SELECT Functions[1] AS function, Packages[1] AS package, sum(self_ns) / 1e6 AS self_ms
FROM (
  SELECT StackHash, sum(Value) AS self_ns FROM profile_samples
  WHERE Bucket >= now() - INTERVAL 70 MINUTE AND ProfileType = 'wall'
  GROUP BY StackHash
) AS samples
INNER JOIN (SELECT * FROM profile_stacks LIMIT 1 BY StackHash) AS stacks USING (StackHash)
GROUP BY function, package
ORDER BY self_ms DESC
LIMIT 50`,
  },
  {
    title: "CPU over time",
    query: `SELECT toStartOfMinute(Timestamp) AS minute, ServiceName, sum(CpuNano) / 60e9 AS cores
FROM profile_samples
WHERE Bucket >= now() - INTERVAL 70 MINUTE AND ProfileType = 'wall'
GROUP BY minute, ServiceName
ORDER BY minute`,
  },
  {
    title: "Endpoints by CPU",
    query: `SELECT ServiceName, Endpoint, sum(CpuNano) / 1e6 AS cpu_ms, sum(Value) / 1e6 AS wall_ms, uniq(TraceId) AS traces
FROM profile_samples
WHERE Bucket >= now() - INTERVAL 70 MINUTE AND ProfileType = 'wall'
GROUP BY ServiceName, Endpoint
ORDER BY cpu_ms DESC
LIMIT 50`,
  },
  {
    title: "Latency by operation",
    query: `SELECT ServiceName, SpanName, count() AS spans,
  quantile(0.5)(Duration) / 1e6 AS p50_ms, quantile(0.95)(Duration) / 1e6 AS p95_ms
FROM otel_traces
WHERE Timestamp >= now() - INTERVAL 1 HOUR
GROUP BY ServiceName, SpanName
ORDER BY p95_ms DESC
LIMIT 50`,
  },
];
