import { resolve } from "node:path";
import { Access, isLoopback } from "@hotspan/access";
import { foreignTracesTable } from "@hotspan/store";
import { parseBytes } from "./bytes.ts";
import { CorrelatorError } from "./errors.ts";
import { KAFKA_CLIENTS, type KafkaAddress, type KafkaClient } from "./kafka/driver.ts";
import { kafkaSecurity } from "./kafka/security.ts";
import type { ScheduleOptions } from "./schedule/schedule.ts";

export interface CorrelatorConfig {
  /** Default 127.0.0.1. Another than loopback needs a token, or `insecureNoToken`. */
  readonly host?: string;
  /** Default 4318; 0: any free one. */
  readonly port?: number;
  readonly clickhouse: {
    readonly url: string;
    readonly database: string;
    readonly user: string;
    readonly password: string;
    /** Of a cluster: one server of each shard, in the order of the shards; `url` is not used then. At least two. */
    readonly shards?: readonly string[];
  };
  /** Where others write spans, `database.table`: then none are taken here. */
  readonly tracesTable?: string;
  /** Whether samples of slow traces are copied, so that they outlive the others; default true. */
  readonly slowSamples?: boolean;
  /** Folder of the ingest log and of dead letters. */
  readonly dataDir: string;
  /** `host:port`, comma-separated. Absent: HTTP only. */
  readonly kafkaBrokers?: string;
  /** TLS and SASL; default neither. */
  readonly kafkaSecurity?: Pick<KafkaAddress, "tls" | "sasl">;
  /** The library that speaks to Kafka; default kafkajs. */
  readonly kafkaClient?: KafkaClient;
  /** How long a member of the group that says nothing keeps its partitions, ms; default 6000, the lowest brokers allow. */
  readonly kafkaSessionMs?: number;
  /** A bearer token with all scopes. Once there is a token, here or in `tokensFile`, all but health and metrics needs one. */
  readonly token?: string;
  /** The file of `hotspan token`, which need not exist yet. */
  readonly tokensFile?: string;
  /** Take what everybody sends who reaches a public address. */
  readonly insecureNoToken?: boolean;
  readonly logLevel?: string;
  /** Bytes the ingest log may hold per kind before the doors answer 503; default 1 GiB. */
  readonly logMaxBytes?: number;
  /** Bytes that the tables and the ingest log may take together before ingest pauses; default: no limit. */
  readonly maxDiskBytes?: number;
  /** How long a cut waits for more records, ms; default 250. */
  readonly lingerMs?: number;
  /** Who collects when, for agents that ask. */
  readonly schedule?: ScheduleOptions;
}

const LOG_LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Reads `HOTSPAN_*`. Throws HOTSPAN_CORRELATOR_BAD_CONFIG. */
export function configFromEnvironment(env: NodeJS.ProcessEnv): CorrelatorConfig {
  const text = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const whole = (name: string, most: number, least = 0): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^\d+$/.test(value) || Number(value) > most || Number(value) < least) {
      throw new CorrelatorError(
        "HOTSPAN_CORRELATOR_BAD_CONFIG",
        `${name}=${value} is not a number from ${least} to ${most}`,
      );
    }
    return Number(value);
  };
  const url = text("HOTSPAN_CLICKHOUSE_URL") ?? "http://127.0.0.1:8123";
  if (!URL.canParse(url)) {
    throw new CorrelatorError("HOTSPAN_CORRELATOR_BAD_CONFIG", `HOTSPAN_CLICKHOUSE_URL=${url} is not a URL`);
  }
  const database = text("HOTSPAN_CLICKHOUSE_DATABASE") ?? "hotspan";
  const maxDisk = text("HOTSPAN_MAX_DISK");
  const maxDiskBytes = maxDisk === undefined ? undefined : parseBytes(maxDisk);
  if (maxDisk !== undefined && maxDiskBytes === undefined)
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_BAD_CONFIG",
      `HOTSPAN_MAX_DISK=${maxDisk} is no size: write it as 20GB or 512MiB`,
    );
  const client = text("HOTSPAN_KAFKA_CLIENT");
  const kafkaClient = KAFKA_CLIENTS.find((known) => known === client);
  if (client !== undefined && kafkaClient === undefined) {
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_BAD_CONFIG",
      `HOTSPAN_KAFKA_CLIENT=${client} is none of ${KAFKA_CLIENTS.join(", ")}`,
    );
  }
  const logLevel = text("HOTSPAN_LOG_LEVEL");
  if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel)) {
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_BAD_CONFIG",
      `HOTSPAN_LOG_LEVEL=${logLevel} is none of ${LOG_LEVELS.join(", ")}`,
    );
  }
  const optional = {
    host: text("HOTSPAN_HOST"),
    port: whole("HOTSPAN_PORT", 65_535),
    kafkaBrokers: text("HOTSPAN_KAFKA_BROKERS"),
    kafkaClient,
    kafkaSessionMs: whole("HOTSPAN_KAFKA_SESSION_TIMEOUT_MS", 1_800_000, 1000),
    token: text("HOTSPAN_TOKEN"),
    tokensFile: text("HOTSPAN_TOKENS_FILE"),
    insecureNoToken: text("HOTSPAN_INSECURE_NO_TOKEN") === "1",
    tracesTable: tracesTable(text("HOTSPAN_TRACES_TABLE"), database),
    slowSamples: onOff("HOTSPAN_SLOW_SAMPLES", text("HOTSPAN_SLOW_SAMPLES")),
    logLevel,
    maxDiskBytes,
    logMaxBytes: whole("HOTSPAN_INGEST_LOG_MAX_BYTES", Number.MAX_SAFE_INTEGER),
  };
  return {
    clickhouse: {
      url,
      database,
      user: text("HOTSPAN_CLICKHOUSE_USER") ?? "default",
      password: text("HOTSPAN_CLICKHOUSE_PASSWORD") ?? "",
      ...shardsOf(text("HOTSPAN_CLICKHOUSE_SHARDS")),
    },
    kafkaSecurity: kafkaSecurity(env),
    dataDir: resolve(text("HOTSPAN_DATA") ?? ".hotspan"),
    schedule: {
      leaseMs: whole("HOTSPAN_SCHEDULE_LEASE_MS", 86_400_000, 1000),
      share: (whole("HOTSPAN_SCHEDULE_SHARE_PERCENT", 100) ?? 0) / 100,
      pollMs: whole("HOTSPAN_SCHEDULE_POLL_MS", 600_000, 250),
    },
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<CorrelatorConfig>),
  };
}

function shardsOf(list: string | undefined): { readonly shards?: readonly string[] } {
  if (list === undefined) return {};
  const shards = list.split(",").map((url) => url.trim());
  const wrong = shards.find((url) => !/^https?:/.test(url) || !URL.canParse(url));
  if (wrong !== undefined) {
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_BAD_CONFIG",
      `HOTSPAN_CLICKHOUSE_SHARDS: ${wrong === "" ? "an empty entry" : wrong} is not a URL; it reads http://one:8123,http://two:8123`,
    );
  }
  if (new Set(shards).size < Math.max(2, shards.length)) {
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_BAD_CONFIG",
      "HOTSPAN_CLICKHOUSE_SHARDS names one server of each shard, at least two and none twice; without it HOTSPAN_CLICKHOUSE_URL is the only server",
    );
  }
  return { shards };
}

function onOff(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === "on" || value === "off") return value === "on";
  throw new CorrelatorError("HOTSPAN_CORRELATOR_BAD_CONFIG", `${name}=${value} is neither on nor off`);
}

function tracesTable(text: string | undefined, ownDatabase: string): string | undefined {
  try {
    return foreignTracesTable(text, ownDatabase) && text;
  } catch (cause) {
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_BAD_CONFIG",
      `HOTSPAN_TRACES_TABLE: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Throws HOTSPAN_CORRELATOR_TOKEN_REQUIRED for a host that others can reach, unless there is a token. */
export function checkExposure(
  host: string,
  config: Pick<CorrelatorConfig, "token" | "tokensFile" | "insecureNoToken">,
): void {
  if (isLoopback(host) || config.insecureNoToken === true || new Access(config).usable) return;
  throw new CorrelatorError(
    "HOTSPAN_CORRELATOR_TOKEN_REQUIRED",
    `refusing to listen on ${host} without a token: set HOTSPAN_TOKEN, make one with \`hotspan token create\`, or listen on 127.0.0.1`,
  );
}
