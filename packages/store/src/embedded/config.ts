import { join } from "node:path";
import { shardUser } from "./users.ts";
import { element, raw, xml } from "./xml.ts";

const MiB = 1024 * 1024;

/** The shards of a cluster, in order; the server itself is one of them. */
export interface ClusterMembers {
  readonly name: string;
  /** Of the account by which its servers reach each other's rows. */
  readonly password: string;
  readonly shards: readonly { readonly host: string; readonly port: number }[];
}

/** The server's config: loopback only, UTC, bounded memory, no system log tables (they would grow for ever, unread). */
export function serverConfig(options: {
  readonly enginePath: string;
  readonly usersPath: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly maxMemoryBytes: number;
  readonly cluster?: ClusterMembers | undefined;
}): string {
  const { maxMemoryBytes, cluster } = options;
  const share = (part: number, most: number): string =>
    String(Math.min(Math.floor(maxMemoryBytes * part), most));
  return xml(
    "clickhouse",
    element("users_config", options.usersPath),
    element("listen_host", "127.0.0.1"),
    element("http_port", String(options.httpPort)),
    element("tcp_port", String(options.tcpPort)),
    element("timezone", "UTC"),
    element("user_files_path", join(options.enginePath, "user_files/")),
    element("max_server_memory_usage", String(maxMemoryBytes)),
    element("max_connections", "512"),
    element("max_concurrent_queries", "128"),
    // Longer than any client's idle time: the client must be the one to drop a socket (see client.ts).
    element("keep_alive_timeout", "30"),
    element("mark_cache_size", share(0.1, 256 * MiB)),
    element("primary_index_cache_size", share(0.05, 128 * MiB)),
    element("index_mark_cache_size", share(0.02, 64 * MiB)),
    element("uncompressed_cache_size", "0"),
    element("index_uncompressed_cache_size", "0"),
    element("mmap_cache_size", "0"),
    element("query_condition_cache_size", share(0.02, 32 * MiB)),
    element("compiled_expression_cache_size", share(0.02, 32 * MiB)),
    // Merges share the machine with the programs being profiled. With fewer threads than the default 16 the thresholds
    // of MergeTree have to shrink along, or the server refuses to start.
    element("background_pool_size", "4"),
    element("background_merges_mutations_concurrency_ratio", "1"),
    element("background_schedule_pool_size", "8"),
    raw(
      // Parts that a merge or a deletion has replaced: long enough for the kernel to have written the new ones.
      "<merge_tree><old_parts_lifetime>60</old_parts_lifetime><number_of_free_entries_in_pool_to_execute_mutation>2</number_of_free_entries_in_pool_to_execute_mutation>" +
        "<number_of_free_entries_in_pool_to_lower_max_size_of_merge>2</number_of_free_entries_in_pool_to_lower_max_size_of_merge>" +
        "<number_of_free_entries_in_pool_to_execute_optimize_entire_partition>2</number_of_free_entries_in_pool_to_execute_optimize_entire_partition></merge_tree>",
    ),
    ...(cluster === undefined ? [] : [remoteServers(cluster)]),
    raw("<send_crash_reports><enabled>false</enabled></send_crash_reports>"),
    raw(
      "<access_control_improvements>" +
        "<select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>" +
        "<select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>" +
        "<settings_constraints_replace_previous>true</settings_constraints_replace_previous>" +
        "<table_engines_require_grant>true</table_engines_require_grant>" +
        "<on_cluster_queries_require_cluster_grant>true</on_cluster_queries_require_cluster_grant>" +
        "</access_control_improvements>",
    ),
    // clickhouse-local raises `level` to trace when the console is on; the console's own level is what counts.
    raw(
      "<logger><level>warning</level><console>1</console><console_log_level>warning</console_log_level></logger>",
    ),
  );
}

function remoteServers({ name, password, shards }: ClusterMembers): string {
  return element("remote_servers", [
    element(
      name,
      shards.map(({ host, port }) =>
        element("shard", [
          element("replica", [
            element("host", host),
            element("port", String(port)),
            element("user", shardUser),
            element("password", password),
          ]),
        ]),
      ),
    ),
  ]);
}
