import { StoreError } from "../errors.ts";
import { cityHashOfId } from "./city-hash.ts";

/** What decides on which shard a row lies. */
export interface Placement {
  /** For ClickHouse: shard `n` of `N`, counted from 0, has the rows whose value is `n` modulo `N`. Absent: the first shard has all. */
  readonly sql: string | undefined;
  /** Columns that only a cluster has, as they stand in ADD COLUMN. */
  readonly columns?: readonly string[];
}

const byTrace: Placement = { sql: "cityHash64(TraceId)" };
// A window holds the ticks of many traces; a ledger reads the windows of few instances.
const byInstance: Placement = { sql: "cityHash64(Instance)" };
const onFirst: Placement = { sql: undefined };

/**
 * Where the rows of each table lie. Nothing that is read depends on it: readers ask all shards. It keeps the rows of a trace
 * together and fills the shards evenly.
 */
const placements: Readonly<Record<string, Placement>> = {
  otel_traces: byTrace,
  otel_traces_trace_id_ts: byTrace,
  profile_traces: byTrace,
  profile_samples_slow: byTrace,
  // Half of all samples may belong to no trace: they would all have the same hash.
  profile_samples: { sql: "cityHash64(if(TraceId = '', Instance, TraceId))" },
  profile_windows: byInstance,
  profile_events: byInstance,
  profile_instances: byInstance,
  // Rows that replace each other have to meet.
  profile_stacks: { sql: "StackHash" },
  // What all correlators agree on is decided in one place (docs/adr/0012-cluster.md).
  profile_batches: {
    ...onFirst,
    columns: [
      "Shards UInt16 COMMENT 'Over how many shards the rows of the cut are spread' CODEC(ZSTD(1)) AFTER Last",
    ],
  },
  profile_claims: onFirst,
  ingest_status: { sql: "cityHash64(Correlator)" },
  deletion_jobs: onFirst,
  // Few rows, which replace each other too.
  profile_slow_days: { sql: "toUInt32(Day)" },
};

/** Throws HOTSPAN_STORE_CLUSTER_UNSUPPORTED for a table without a place. */
export function placementOf(table: string): Placement {
  const placement = placements[table];
  if (placement !== undefined) return placement;
  throw new StoreError(
    "HOTSPAN_STORE_CLUSTER_UNSUPPORTED",
    `Nobody has said on which shard the rows of ${table} lie: add it to packages/store/src/cluster/placement.ts.`,
  );
}

/** Shard, from 0, of an id of 32 hex digits: a trace's or an instance's. */
export function shardOfId(id: string, shards: number): number {
  return shards === 1 ? 0 : Number(cityHashOfId(id) % BigInt(shards));
}

/** Shard, from 0, of a stack, whose hash is `high * 2^32 + low`. */
export function shardOfStack(high: number, low: number, shards: number): number {
  return ((high % shards) * (2 ** 32 % shards) + (low % shards)) % shards;
}
