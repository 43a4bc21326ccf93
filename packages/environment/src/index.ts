/** Environment variables of the agent, the servers and the command line. */
export const VARIABLES: readonly string[] = `
  ALLOCATIONS BUDGET CERTIFICATE CLIENT_CERTIFICATE CLIENT_KEY CLIENT_KEY_PASSWORD DETAIL
  ENABLED ENDPOINT EXIT_MS FILES FILES_MAX_AGE_MS FILES_MAX_BYTES HEAP
  HEAP_INTERVAL_BYTES HZ JOURNAL LABELS LOG MODE OOM
  PROXY QUEUE_BYTES QUIET_LOOP REPLICAS SIGNAL SLOW_MS SOURCE_MAPS
  STATUS TOKEN WINDOW_MS KAFKA_BROKERS KAFKA_CLIENT KAFKA_SASL_MECHANISM KAFKA_SASL_PASSWORD
  KAFKA_SASL_USERNAME KAFKA_SECURITY_PROTOCOL KAFKA_SESSION_TIMEOUT_MS KAFKA_SSL_CA_LOCATION KAFKA_SSL_CERTIFICATE_LOCATION KAFKA_SSL_KEY_LOCATION KAFKA_SSL_KEY_PASSWORD
  ALLOWED_HOSTS API_TOKEN BASE_PATH CACHE DATA HEAVY_AT_ONCE HOST
  INGEST_TOKEN INGEST_LOG_MAX_BYTES INSECURE_NO_TOKEN LOG_LEVEL MAX_DISK PORT QUERY_TIMEOUT_MS
  RATE_LIMIT RATE_LIMIT_HEAVY REDACT SEARCHES_AT_ONCE SLOW_SAMPLES TOKENS_FILE TRACES_TABLE
  TRUSTED_PROXIES UI_DIR SCHEDULE_LEASE_MS SCHEDULE_POLL_MS SCHEDULE_SHARE_PERCENT RETENTION_SAMPLES_DAYS RETENTION_SLOW_DAYS
  RETENTION_SPANS_DAYS RETENTION_STACKS_DAYS RETENTION_WINDOWS_DAYS CLICKHOUSE_CLUSTER CLICKHOUSE_DATABASE CLICKHOUSE_PASSWORD CLICKHOUSE_READER_PASSWORD
  CLICKHOUSE_READER_USER CLICKHOUSE_SHARDS CLICKHOUSE_SQL_PASSWORD CLICKHOUSE_SQL_USER CLICKHOUSE_URL CLICKHOUSE_USER
`
  .trim()
  .split(/\s+/)
  .map((name) => `HOTSPAN_${name}`);

/** A short name is another word after two. */
const mostEdits = (name: string): number => (name.length <= "HOTSPAN_".length + 4 ? 1 : 2);

/**
 * Variables whose names are one that is known but for a letter or two. Others that begin alike are left alone: they are other people's,
 * and Kubernetes makes some of each service.
 */
export function misspelt(
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly meant: string }[] {
  const known = new Set(VARIABLES);
  return Object.keys(env)
    .filter((name) => name.startsWith("HOTSPAN") && name.length < 64 && !known.has(name))
    .flatMap((name) => {
      const [meant] = VARIABLES.map((one) => ({ one, edits: edits(name, one) }))
        .filter(({ one, edits: n }) => n <= Math.min(mostEdits(one), mostEdits(name)))
        .sort((a, b) => a.edits - b.edits);
      return meant === undefined ? [] : [{ name, meant: meant.one }];
    });
}

/** Kubernetes sets `HOTSPAN_PORT=tcp://10.0.0.1:4600` beside a service that is called hotspan, which is not meant for us. */
export function withoutServiceLinks<V>(env: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => name !== "HOTSPAN_PORT" || !/^\w+:\/\//.test(String(value)),
    ),
  );
}

/** What to say of a variable that is misspelt. */
export const misspeltText = ({ name, meant }: { readonly name: string; readonly meant: string }): string =>
  `${name} is no variable of Hotspan: is ${meant} meant?`;

/** How many letters have to be put in, left out, changed, or swapped with the next. */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : changed;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, changed, swapped));
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
