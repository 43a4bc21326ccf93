import { foreignTracesTable, type TableName } from "@hotspan/store";
import { isIP } from "node:net";

/** Refused before anything starts; the process ends with exit code 2. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

export interface QueryApiConfig {
  /** Default 127.0.0.1. Another than a loopback address needs `token`. */
  readonly host?: string | undefined;
  /** Default 4600; 0: any free one. */
  readonly port?: number | undefined;
  /** As the reader user. */
  readonly clickhouse: {
    readonly url: string;
    readonly database?: string | undefined;
    readonly user: string;
    readonly password: string;
  };
  /** Where spans are read, as `database.table` on the same server; default `otel_traces` of our own database. */
  readonly tracesTable?: string | undefined;
  /** When set, every request to the API needs it as a bearer token. */
  readonly token?: string | undefined;
  readonly logLevel?: string | undefined;
  /** Built files of the UI; without them only the API is served. */
  readonly uiDir?: string | undefined;
  /** Path everything is served under behind a proxy, as `/hotspan`. */
  readonly basePath?: string | undefined;
  /** Further names this server is reached by, as in Host headers, without port. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Longest run of one query, ms. Default 30 s. */
  readonly queryTimeoutMs?: number | undefined;
  /** Longest range of a search or selection. Default 31 days. */
  readonly maxRangeMs?: number | undefined;
  /** Unix ms. Default Date.now. */
  readonly now?: (() => number) | undefined;
}

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly clickhouse: {
    readonly url: string;
    readonly database: string;
    readonly user: string;
    readonly password: string;
  };
  /** Undefined: our own. */
  readonly tracesTable: TableName | undefined;
  readonly token: string | undefined;
  readonly logLevel: string;
  readonly uiDir: string | undefined;
  /** Empty, or `/path` without a slash at its end. */
  readonly basePath: string;
  readonly allowedHosts: readonly string[];
  readonly queryTimeoutMs: number;
  readonly maxRangeMs: number;
  readonly now: () => number;
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/** Fills in defaults; throws ConfigError. */
export function resolveConfig(config: QueryApiConfig): Settings {
  const host = config.host ?? "127.0.0.1";
  const port = config.port ?? 4600;
  const token = config.token === undefined || config.token === "" ? undefined : config.token;
  if (!isLoopback(host) && token === undefined)
    throw new ConfigError(
      `Refusing to listen on ${host} without a token: set HOTSPAN_TOKEN, or listen on 127.0.0.1.`,
    );
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new ConfigError(`Not a port: ${port}`);
  const basePath = (config.basePath ?? "").replace(/\/+$/, "");
  if (basePath !== "" && !/^(\/[A-Za-z0-9._~-]+)+$/.test(basePath))
    throw new ConfigError(`Not a base path: ${basePath}`);
  if (!URL.canParse(config.clickhouse.url))
    throw new ConfigError("HOTSPAN_CLICKHOUSE_URL is not a URL, as http://127.0.0.1:8123.");
  const database = config.clickhouse.database ?? "hotspan";
  return {
    host,
    port,
    clickhouse: { ...config.clickhouse, database },
    tracesTable: foreignTable(config.tracesTable, database),
    token,
    logLevel: config.logLevel ?? "info",
    uiDir: config.uiDir,
    basePath,
    allowedHosts: config.allowedHosts ?? [],
    queryTimeoutMs: config.queryTimeoutMs ?? 30_000,
    maxRangeMs: config.maxRangeMs ?? 31 * 86_400_000,
    now: config.now ?? Date.now,
  };
}

function foreignTable(text: string | undefined, ownDatabase: string): TableName | undefined {
  if (text === undefined) return undefined;
  try {
    return foreignTracesTable(text, ownDatabase);
  } catch (error) {
    throw new ConfigError(`HOTSPAN_TRACES_TABLE: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** HOTSPAN_* variables; throws ConfigError. */
export function configFromEnv(env: NodeJS.ProcessEnv): QueryApiConfig {
  const url = env["HOTSPAN_CLICKHOUSE_URL"];
  if (url === undefined || url === "")
    throw new ConfigError("HOTSPAN_CLICKHOUSE_URL is not set: where does ClickHouse answer HTTP?");
  const number = (name: string): number | undefined => {
    const text = env[name];
    if (text === undefined || text === "") return undefined;
    if (!/^\d{1,9}$/.test(text)) throw new ConfigError(`${name} is not a whole number: ${text}`);
    return Number(text);
  };
  const level = env["HOTSPAN_LOG_LEVEL"];
  if (level !== undefined && !["trace", "debug", "info", "warn", "error", "fatal", "silent"].includes(level))
    throw new ConfigError(
      `HOTSPAN_LOG_LEVEL is not one of trace, debug, info, warn, error, fatal, silent: ${level}`,
    );
  return {
    host: env["HOTSPAN_HOST"] || undefined,
    port: number("HOTSPAN_PORT"),
    clickhouse: {
      url,
      database: env["HOTSPAN_CLICKHOUSE_DATABASE"] || undefined,
      user: env["HOTSPAN_CLICKHOUSE_USER"] ?? "default",
      password: env["HOTSPAN_CLICKHOUSE_PASSWORD"] ?? "",
    },
    tracesTable: env["HOTSPAN_TRACES_TABLE"] || undefined,
    token: env["HOTSPAN_TOKEN"],
    logLevel: level,
    uiDir: env["HOTSPAN_UI_DIR"] || undefined,
    basePath: env["HOTSPAN_BASE_PATH"],
    allowedHosts: env["HOTSPAN_ALLOWED_HOSTS"]
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean),
    queryTimeoutMs: number("HOTSPAN_QUERY_TIMEOUT_MS"),
  };
}
