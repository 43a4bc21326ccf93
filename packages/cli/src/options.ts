// The values of options: each parser says what is wrong in one line; commander adds which option it was.
import { parseBytes } from "@hotspan/correlator/bytes";
import { Access, isLoopback } from "@hotspan/access";
import { InvalidArgumentError } from "commander";
import { CliError, messageOf } from "./errors.ts";

export interface UpOptions {
  readonly host: string;
  readonly port: number;
  readonly ingestPort: number;
  /** Absolute path of the data folder. */
  readonly data: string;
  /** `true`: start a broker of our own; a string: use these brokers. */
  readonly kafka?: true | string | undefined;
  readonly clickhouse?: ClickHouseAddress | undefined;
  /** Bytes that the data may take. */
  readonly maxDisk?: number | undefined;
  /** Serve everybody who reaches a public address. */
  readonly insecureNoToken?: boolean | undefined;
}

/** A ClickHouse server of somebody else. */
export interface ClickHouseAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError("A port is a number from 0 (any free one) to 65535.");
  }
  return Number(text);
}

export function parsePid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError("A process id is a number above 0.");
  return Number(text);
}

/** Any text but none, as a parser of options; `otherwise` is said of an empty one. */
export function notEmpty(otherwise: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== "") return text;
    throw new InvalidArgumentError(otherwise);
  };
}

/** Address of a server of ours. */
export function parseUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new InvalidArgumentError("It must read http://host:port, or https://….");
}

/** A whole number from `least` to `most`, as a parser of options. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** `20GB`, as the correlator reads it. */
export function parseSize(text: string): number {
  const bytes = parseBytes(text);
  // `20` is meant as something else than 20 bytes.
  const unitMissing = /^\s*\d+\s*$/.test(text) && Number(text) < 2 ** 20;
  if (bytes !== undefined && !unitMissing) return bytes;
  throw new InvalidArgumentError("A size is a number with a unit: 20GB, 512MiB.");
}

/** `http://user:password@host:8123/database` → its parts; user `default` and database `hotspan` when not given. */
export function parseClickHouse(text: string): ClickHouseAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InvalidArgumentError("It must read http://user:password@host:8123/database.");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new InvalidArgumentError(
      `ClickHouse is reached over http or https, not ${url.protocol.slice(0, -1)} (8123 is the usual port).`,
    );
  }
  const database = decoded(url.pathname.replace(/^\/|\/$/g, ""));
  if (database.includes("/")) throw new InvalidArgumentError("The path of the URL is the database's name.");
  return {
    url: url.origin,
    user: decoded(url.username) || "default",
    password: decoded(url.password),
    database: database || "hotspan",
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new InvalidArgumentError("A % in its user, password or database must be written as %25.");
  }
}

/** As the correlator reads it, so that a password need not stand in a command. */
export function clickHouseFromEnv(env: NodeJS.ProcessEnv): ClickHouseAddress {
  const url = env["HOTSPAN_CLICKHOUSE_URL"];
  if (!url)
    throw new CliError(
      "HOTSPAN_CLI_USAGE",
      "which ClickHouse? Give --clickhouse http://user:password@host:8123/database, or set HOTSPAN_CLICKHOUSE_URL.",
    );
  let address: ClickHouseAddress;
  try {
    address = parseClickHouse(url);
  } catch (error) {
    throw new CliError("HOTSPAN_CLI_USAGE", `HOTSPAN_CLICKHOUSE_URL: ${messageOf(error)}`);
  }
  return {
    url: address.url,
    user: env["HOTSPAN_CLICKHOUSE_USER"] || address.user,
    password: env["HOTSPAN_CLICKHOUSE_PASSWORD"] || address.password,
    database: env["HOTSPAN_CLICKHOUSE_DATABASE"] || address.database,
  };
}

/** `http://one:8123,http://two:8123` → one server of each shard, in order; accounts and databases are given elsewhere. */
export function parseShards(text: string): readonly string[] {
  const shards = text.split(",").map((entry) => entry.trim());
  const fits = (entry: string): boolean => {
    const url = URL.parse(entry);
    return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.pathname === "/";
  };
  if (!shards.every(fits) || shards.length < 2 || new Set(shards).size < shards.length) {
    throw new InvalidArgumentError(
      "It must read http://one:8123,http://two:8123: a server of each shard, in order, at least two.",
    );
  }
  return shards;
}

/** Absent: a single server. */
export function shardsFromEnv(env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const text = env["HOTSPAN_CLICKHOUSE_SHARDS"];
  if (!text) return undefined;
  try {
    return parseShards(text);
  } catch (error) {
    throw new CliError("HOTSPAN_CLI_USAGE", `HOTSPAN_CLICKHOUSE_SHARDS: ${messageOf(error)}`);
  }
}

export function parseBrokers(text: string): string {
  const list = text.split(",").map((entry) => entry.trim());
  const fits = (entry: string): boolean => {
    const [, port] = /^(?:\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})$/.exec(entry) ?? [];
    return Number(port) >= 1 && Number(port) <= 65_535;
  };
  if (!list.every(fits)) {
    throw new InvalidArgumentError("Brokers are a comma-separated list of host:port.");
  }
  return list.join(",");
}

/** What one option alone cannot tell. */
export function checkUp(
  options: UpOptions,
  tokens: { readonly token?: string | undefined; readonly tokensFile?: string | undefined },
): void {
  if (!isLoopback(options.host) && options.insecureNoToken !== true && !new Access(tokens).usable) {
    throw new CliError(
      "HOTSPAN_CLI_TOKEN_REQUIRED",
      `--host ${options.host} can be reached from other machines: set HOTSPAN_TOKEN to a secret that clients must send, make tokens with \`hotspan token create\`, or leave out --host`,
    );
  }
  if (options.port !== 0 && options.port === options.ingestPort) {
    throw new CliError("HOTSPAN_CLI_USAGE", "--port and --ingest-port must differ");
  }
}
