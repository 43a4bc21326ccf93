import { sha256Hex, sqlUser, type StoreCredentials } from "./credentials.ts";
import { shardDatabase } from "../cluster/names.ts";
import { readerLimits } from "./limits.ts";
import { sqlGrants } from "./sql-grants.ts";
import { element, raw, xml } from "./xml.ts";

/**
 * Who may do what, as ClickHouse's users config. Passwords stand in it as SHA-256 only.
 *
 * `default` is the account the engine's own start script runs under: it has an empty password and cannot be renamed,
 * and the script's session comes from 127.0.0.1 like every client. What closes it to others is `max_sessions_for_user`:
 * the script's session exists before the ports open and lasts as long as the server does, so nobody else ever gets one.
 * Behind that stand a quota of exactly the script's statements and grants for nothing else.
 */
export function usersConfig(options: {
  readonly database: string;
  readonly credentials: StoreCredentials;
  readonly maxMemoryBytes: number;
  readonly bootStatements: number;
  /** Of the account between the servers of a cluster. */
  readonly shardPassword?: string | undefined;
}): string {
  const { database, credentials, shardPassword } = options;
  const loopback = raw("<networks><ip>127.0.0.1</ip></networks>");
  return xml(
    "clickhouse",
    element("profiles", [
      element("default", []),
      raw(
        "<boot><max_sessions_for_user>1</max_sessions_for_user>" +
          "<max_concurrent_queries_for_user>1</max_concurrent_queries_for_user></boot>",
      ),
      ...accountProfiles(options.maxMemoryBytes),
    ]),
    element("users", [
      element("default", [
        raw("<password></password>"),
        loopback,
        raw("<profile>boot</profile><quota>boot</quota>"),
        grants([
          "SYSTEM LISTEN ON *.*",
          "CREATE ARBITRARY TEMPORARY TABLE ON *.*",
          "READ ON FILE",
          "TABLE ENGINE ON File",
        ]),
      ]),
      writer(
        credentials.writer.user,
        element("password_sha256_hex", sha256Hex(credentials.writer.password)) + loopback,
        database,
      ),
      reader(
        credentials.reader.user,
        element("password_sha256_hex", sha256Hex(credentials.reader.password)) + loopback,
        database,
      ),
      sqlReader(
        credentials.sql.user,
        element("password_sha256_hex", sha256Hex(credentials.sql.password)) + loopback,
        database,
      ),
      ...(shardPassword === undefined
        ? []
        : [shard(element("password_sha256_hex", sha256Hex(shardPassword)) + loopback, database)]),
    ]),
    element("quotas", [
      element("default", []),
      raw(
        `<boot><interval><duration>2000000000</duration><queries>${options.bootStatements}</queries></interval></boot>`,
      ),
    ]),
  );
}

/** What a subquery or the right side of a join reads, it reads of all shards. Means nothing on a single server. */
const overShards = "<distributed_product_mode>global</distributed_product_mode>";

/** The profiles of both accounts, `writer` and `reader`. */
function accountProfiles(maxMemoryBytes: number): readonly string[] {
  return [
    // With asynchronous inserts an acknowledged block may be lost although it carries a deduplication token.
    element("writer", [
      raw("<async_insert>0</async_insert><session_timezone>UTC</session_timezone>" + overShards),
      // An acknowledged row is on its shard, not in a queue before it.
      raw("<distributed_foreground_insert>1</distributed_foreground_insert>"),
    ]),
    element("reader", readerProfile(maxMemoryBytes)),
    element("shard", [raw("<async_insert>0</async_insert><session_timezone>UTC</session_timezone>")]),
  ];
}

/** @param access how it proves who it is and from where, as XML */
function writer(name: string, access: string, database: string): string {
  return element(name, [
    raw(access),
    raw("<profile>writer</profile><quota>default</quota>"),
    // The prefix lets a test or a second installation keep databases side by side.
    grants([
      `ALL ON ${database}*.*`,
      "SELECT ON system.*",
      "SELECT ON information_schema.*",
      "KILL QUERY ON *.*",
      "SYSTEM FLUSH ON *.*",
      "TABLE ENGINE ON *",
    ]),
  ]);
}

function reader(name: string, access: string, database: string): string {
  return element(name, [
    raw(access),
    raw("<profile>reader</profile><quota>default</quota>"),
    // Of a cluster the tables of `database` stand for those of this one on every shard (docs/cluster.md).
    grants([`SELECT ON ${database}.*`, `SELECT ON ${shardDatabase(database)}.*`]),
  ]);
}

/** As the reader, but for what programs wrote into attributes: for statements of others where attributes are redacted. */
function sqlReader(name: string, access: string, database: string): string {
  return element(name, [
    raw(access),
    raw("<profile>reader</profile><quota>default</quota>"),
    grants(sqlGrants(database)),
  ]);
}

export const shardUser = "hotspan_shard";

/**
 * How the servers of a cluster reach each other. Not as the user who asked (`secret`): a reader's limits are held on the server
 * that was asked, and on others they would also cut what that server needs of them, as a subquery's whole answer.
 */
function shard(access: string, database: string): string {
  return element(shardUser, [
    raw(access),
    raw("<profile>shard</profile><quota>default</quota>"),
    grants([`SELECT, INSERT ON ${shardDatabase(database)}.*`]),
  ]);
}

/** Variables of a server's environment with the SHA-256 of the passwords, in hex. */
const WRITER_PASSWORD = "HOTSPAN_WRITER_PASSWORD_SHA256";
const READER_PASSWORD = "HOTSPAN_READER_PASSWORD_SHA256";

/**
 * Both accounts for `users.d` of a server that somebody else runs, with the rights and limits they have in the embedded one.
 * Passwords come from its environment, and they may log in from anywhere: who reaches the port is the network's business.
 */
export function accountsConfig(database: string, maxMemoryBytes: number): string {
  const anywhere = "<networks><ip>::/0</ip></networks>";
  const from = (variable: string): string => `<password_sha256_hex from_env="${variable}"/>${anywhere}`;
  return xml(
    "clickhouse",
    element("profiles", accountProfiles(maxMemoryBytes)),
    element("users", [
      writer("hotspan_writer", from(WRITER_PASSWORD), database),
      reader("hotspan_reader", from(READER_PASSWORD), database),
    ]),
  );
}

const SQL_PASSWORD = "HOTSPAN_SQL_PASSWORD_SHA256";

/** The account of `hotspan_sql` for `users.d`, beside `accountsConfig`. */
export function sqlAccountConfig(database: string): string {
  const access = `<password_sha256_hex from_env="${SQL_PASSWORD}"/><networks><ip>::/0</ip></networks>`;
  return xml("clickhouse", element("users", [sqlReader(sqlUser, access, database)]));
}

const SHARD_PASSWORD = "HOTSPAN_SHARD_PASSWORD_SHA256";

/** The account between the servers of a cluster, for `users.d`, beside `accountsConfig`. */
export function shardAccountConfig(database: string): string {
  const access = `<password_sha256_hex from_env="${SHARD_PASSWORD}"/><networks><ip>::/0</ip></networks>`;
  return xml("clickhouse", element("users", [shard(access, database)]));
}

function grants(list: readonly string[]): string {
  return element(
    "grants",
    list.map((grant) => element("query", `GRANT ${grant}`)),
  );
}

/** `readonly=1` refuses every setting, so the harmless ones that clients send are opened one by one, with bounds. */
function readerProfile(maxMemoryBytes: number): readonly string[] {
  const limits = readerLimits(maxMemoryBytes);
  const bounded: Readonly<Record<string, number>> = {
    max_execution_time: limits.maxExecutionSeconds,
    max_memory_usage: limits.maxMemoryBytes,
    max_result_rows: limits.maxResultRows,
    max_result_bytes: limits.maxResultBytes,
    max_threads: limits.maxThreads,
    // What does not fit into memory is sorted and grouped on disk: not on all of it.
    max_temporary_data_on_disk_size_for_query: limits.maxTemporaryBytes,
    max_temporary_data_on_disk_size_for_user: 2 * limits.maxTemporaryBytes,
  };
  return [
    raw(
      "<readonly>1</readonly><allow_ddl>0</allow_ddl><allow_introspection_functions>0</allow_introspection_functions>",
    ),
    raw(
      "<session_timezone>UTC</session_timezone><max_concurrent_queries_for_user>32</max_concurrent_queries_for_user>" +
        overShards,
    ),
    // A closed browser tab must not leave its query running.
    raw("<cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>"),
    // Where the server itself comes to its limit, it may end of it.
    element("max_memory_usage_for_user", String(Math.floor(0.75 * maxMemoryBytes))),
    element("max_bytes_before_external_group_by", String(Math.floor(limits.maxMemoryBytes / 4))),
    element("max_bytes_before_external_sort", String(Math.floor(limits.maxMemoryBytes / 4))),
    ...Object.entries(bounded)
      .filter(([name]) => name !== "max_threads")
      .map(([name, value]) => element(name, String(value))),
    element("constraints", [
      // 0 would mean unlimited, so it lies outside the bounds.
      ...Object.entries(bounded).map(([name, max]) =>
        element(name, [raw(`<min>1</min><max>${max}</max><changeable_in_readonly/>`)]),
      ),
      ...readerMaySet.map((name) => element(name, [raw("<changeable_in_readonly/>")])),
    ]),
  ];
}

/** How results are formatted and sent; and limits that only ever make a query stop earlier. */
const readerMaySet: readonly string[] = [
  "result_overflow_mode",
  "read_overflow_mode",
  "timeout_overflow_mode",
  "max_rows_to_read",
  "max_bytes_to_read",
  "max_block_size",
  "limit",
  "offset",
  "extremes",
  "log_comment",
  "join_use_nulls",
  "enable_http_compression",
  "http_zlib_compression_level",
  "http_response_buffer_size",
  "http_wait_end_of_query",
  "http_write_exception_in_output_format",
  "http_headers_progress_interval_ms",
  "send_progress_in_http_headers",
  "cancel_http_readonly_queries_on_client_close",
  "network_compression_method",
  "date_time_input_format",
  "date_time_output_format",
  "output_format_json_quote_64bit_integers",
  "output_format_json_quote_64bit_floats",
  "output_format_json_quote_decimals",
  "output_format_json_quote_denormals",
  "output_format_json_named_tuples_as_objects",
  "output_format_json_array_of_rows",
  "output_format_parquet_compression_method",
  "output_format_parquet_string_as_string",
  "output_format_arrow_string_as_string",
  "output_format_csv_crlf_end_of_line",
  "output_format_pretty_max_rows",
  "output_format_pretty_color",
  "output_format_write_statistics",
  "output_format_binary_write_json_as_string",
];
