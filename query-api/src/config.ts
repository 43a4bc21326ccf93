import { Access, type AccessOptions, isLoopback } from "@hotspan/access";
import { foreignTracesTable, type TableName } from "@hotspan/store";
import { type Limits, limitsOf } from "./http/limits.ts";
import { parsePatterns, type Redaction, redactionOf } from "./redaction.ts";

/** Refused before anything starts; the process ends with exit code 2. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

export interface QueryApiConfig {
  /** Default 127.0.0.1. Another than a loopback address needs a token, or `insecureNoToken`. */
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
  /** A bearer token with all scopes. Once there is a token, here or in `tokensFile`, every request to the API needs one. */
  readonly token?: string | undefined;
  /** The file of `hotspan token`, which need not exist yet. */
  readonly tokensFile?: string | undefined;
  /** Serve everybody who reaches a public address. */
  readonly insecureNoToken?: boolean | undefined;
  /** Requests a minute; default none on loopback, else 1200 and 120. */
  readonly limits?: { readonly [K in keyof Limits]?: number | undefined } | undefined;
  /** Addresses or networks of proxies whose X-Forwarded-For tells who asks. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Keys of attributes that no answer shows, with `*` for any text. */
  readonly redact?: readonly string[] | undefined;
  /** The account that POST /sql runs as. Default: `clickhouse.user`; with `redact` there is no default. */
  readonly sqlAccount?: { readonly user: string; readonly password: string } | undefined;
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
  readonly tokensFile: string | undefined;
  readonly insecureNoToken: boolean;
  readonly limits: Limits;
  readonly trustedProxies: readonly string[];
  readonly redaction: Redaction;
  /** Undefined: statements are refused. */
  readonly sqlAccount: { readonly user: string; readonly password: string } | undefined;
  readonly logLevel: string;
  readonly uiDir: string | undefined;
  /** Empty, or `/path` without a slash at its end. */
  readonly basePath: string;
  readonly allowedHosts: readonly string[];
  readonly queryTimeoutMs: number;
  readonly maxRangeMs: number;
  readonly now: () => number;
}

/** Fills in defaults; throws ConfigError. */
export function resolveConfig(config: QueryApiConfig): Settings {
  const host = config.host ?? "127.0.0.1";
  const port = config.port ?? 4600;
  const token = config.token === undefined || config.token === "" ? undefined : config.token;
  checkExposure(host, { token, tokensFile: config.tokensFile }, config.insecureNoToken === true);
  const redaction = redactionOf(config.redact ?? []);
  const { user, password } = config.clickhouse;
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
    tokensFile: config.tokensFile,
    insecureNoToken: config.insecureNoToken ?? false,
    limits: limitsOf(host, config.limits),
    trustedProxies: config.trustedProxies ?? [],
    redaction,
    sqlAccount: config.sqlAccount ?? (redaction.active ? undefined : { user, password }),
    logLevel: config.logLevel ?? "info",
    uiDir: config.uiDir,
    basePath,
    allowedHosts: config.allowedHosts ?? [],
    queryTimeoutMs: config.queryTimeoutMs ?? 30_000,
    maxRangeMs: config.maxRangeMs ?? 31 * 86_400_000,
    now: config.now ?? Date.now,
  };
}

function checkExposure(host: string, tokens: AccessOptions, insecure: boolean): void {
  if (isLoopback(host) || insecure || new Access(tokens).usable) return;
  throw new ConfigError(
    `Refusing to listen on ${host} without a token: set HOTSPAN_TOKEN, make one with \`hotspan token create\`, or listen on 127.0.0.1.`,
  );
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
  const list = (name: string): string[] | undefined =>
    env[name]
      ?.split(",")
      .map((one) => one.trim())
      .filter(Boolean);
  const level = env["HOTSPAN_LOG_LEVEL"] || undefined;
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
      user: env["HOTSPAN_CLICKHOUSE_USER"] || "default",
      password: env["HOTSPAN_CLICKHOUSE_PASSWORD"] ?? "",
    },
    tracesTable: env["HOTSPAN_TRACES_TABLE"] || undefined,
    token: env["HOTSPAN_TOKEN"],
    tokensFile: env["HOTSPAN_TOKENS_FILE"] || undefined,
    insecureNoToken: env["HOTSPAN_INSECURE_NO_TOKEN"] === "1",
    limits: {
      perMinute: number("HOTSPAN_RATE_LIMIT"),
      heavyPerMinute: number("HOTSPAN_RATE_LIMIT_HEAVY"),
      heavyAtOnce: number("HOTSPAN_HEAVY_AT_ONCE"),
      searchesAtOnce: number("HOTSPAN_SEARCHES_AT_ONCE"),
    },
    trustedProxies: list("HOTSPAN_TRUSTED_PROXIES"),
    redact: patterns(env["HOTSPAN_REDACT"]),
    sqlAccount: sqlAccount(env),
    logLevel: level,
    uiDir: env["HOTSPAN_UI_DIR"] || undefined,
    basePath: env["HOTSPAN_BASE_PATH"],
    allowedHosts: list("HOTSPAN_ALLOWED_HOSTS"),
    queryTimeoutMs: number("HOTSPAN_QUERY_TIMEOUT_MS"),
  };
}

function patterns(text: string | undefined): readonly string[] | undefined {
  try {
    return text === undefined ? undefined : parsePatterns(text);
  } catch (error) {
    throw new ConfigError(`HOTSPAN_REDACT: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function sqlAccount(env: NodeJS.ProcessEnv): QueryApiConfig["sqlAccount"] {
  const user = env["HOTSPAN_CLICKHOUSE_SQL_USER"];
  if (user === undefined || user === "") return undefined;
  return { user, password: env["HOTSPAN_CLICKHOUSE_SQL_PASSWORD"] ?? "" };
}
