// Not the package's index: it compresses, and older versions of Node.js, which must be told that they are, lack zstd.
import { type KafkaSecurity, readKafkaSecurity, type TlsFiles } from "@hotspan/wire/kafka-security";
import { bad, list, number, text } from "../config-values.ts";

/** Where windows go and how they get there; an environment variable fills what an option leaves open. */
export interface TransportOptions {
  /** Bearer token. `HOTSPAN_TOKEN`. */
  readonly token?: string;
  /** File of the certificates (PEM) of the authorities a server's must be signed by, instead of the known ones. `HOTSPAN_CERTIFICATE`. */
  readonly certificate?: string;
  /** File of this side's certificate (PEM), for a server that asks for one. `HOTSPAN_CLIENT_CERTIFICATE`. */
  readonly clientCertificate?: string;
  /** File of its key (PEM). `HOTSPAN_CLIENT_KEY`. */
  readonly clientKey?: string;
  /**
   * Proxy for HTTP and HTTPS: its URL; `env`: as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say; `off`: none. Default: those variables
   * if Node.js itself heeds them (`NODE_USE_ENV_PROXY=1`, `--use-env-proxy`). `HOTSPAN_PROXY`.
   */
  readonly proxy?: string;
  /** `host:port,…`; if set, windows go to Kafka. TLS and SASL: `HOTSPAN_KAFKA_SECURITY_PROTOCOL` and others. `HOTSPAN_KAFKA_BROKERS`. */
  readonly kafkaBrokers?: string;
  /** A folder; if set, windows are kept in it as files, for `hotspan ingest`. `HOTSPAN_FILES`. */
  readonly files?: string;
  /** Bytes that may lie in the folder, 1 MiB to 1 TiB; the oldest files go first. Default 256 MiB. `HOTSPAN_FILES_MAX_BYTES`. */
  readonly filesMaxBytes?: number;
  /** How old files may get, 1 min to 30 days. Default a day: no correlator takes older windows. `HOTSPAN_FILES_MAX_AGE_MS`. */
  readonly filesMaxAgeMillis?: number;
}

export interface FilesSettings {
  readonly folder: string;
  readonly maxBytes: number;
  readonly maxAgeMillis: number;
}

export interface TransportSettings {
  readonly token: string | undefined;
  readonly tls: TlsFiles;
  /** Undefined: as Node.js itself. */
  readonly proxy: string | undefined;
  /** Empty: not over Kafka. */
  readonly kafkaBrokers: readonly string[];
  readonly kafkaSecurity: KafkaSecurity;
  /** Undefined: not into files. */
  readonly files: FilesSettings | undefined;
}

const MIB = 1 << 20;
const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 86_400_000;

/** @param otlp the endpoint is that of the OpenTelemetry exporter: then its certificates hold for it */
export function readTransport(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  otlp: boolean,
): TransportSettings {
  const fallback = (name: string): string | undefined =>
    otlp ? text(env[`OTEL_EXPORTER_OTLP_${name}`]) : undefined;
  const own: TlsFiles = {
    ca: options.certificate ?? text(env["HOTSPAN_CERTIFICATE"]),
    certificate: options.clientCertificate ?? text(env["HOTSPAN_CLIENT_CERTIFICATE"]),
    key: options.clientKey ?? text(env["HOTSPAN_CLIENT_KEY"]),
    passphrase: env["HOTSPAN_CLIENT_KEY_PASSWORD"],
  };
  const folder = text(options.files) ?? text(env["HOTSPAN_FILES"]);
  const brokers = list(options.kafkaBrokers ?? env["HOTSPAN_KAFKA_BROKERS"]);
  if (folder !== undefined && brokers.length > 0)
    bad("HOTSPAN_KAFKA_BROKERS", brokers.join(","), "one of it and HOTSPAN_FILES, which is set and wins");
  return {
    token: options.token ?? text(env["HOTSPAN_TOKEN"]),
    tls: {
      ca: own.ca ?? fallback("CERTIFICATE"),
      certificate: own.certificate ?? fallback("CLIENT_CERTIFICATE"),
      key: own.key ?? fallback("CLIENT_KEY"),
      passphrase: own.passphrase,
    },
    proxy: proxy("proxy", options.proxy) ?? proxy("HOTSPAN_PROXY", env["HOTSPAN_PROXY"]),
    kafkaBrokers: folder === undefined ? brokers : [],
    kafkaSecurity: readKafkaSecurity(env, own, bad),
    files:
      folder === undefined
        ? undefined
        : {
            folder,
            maxBytes:
              number("filesMaxBytes", options.filesMaxBytes, MIB, 2 ** 40) ??
              number("HOTSPAN_FILES_MAX_BYTES", env["HOTSPAN_FILES_MAX_BYTES"], MIB, 2 ** 40) ??
              256 * MIB,
            maxAgeMillis:
              number("filesMaxAgeMillis", options.filesMaxAgeMillis, MINUTE_MILLIS, 30 * DAY_MILLIS) ??
              number(
                "HOTSPAN_FILES_MAX_AGE_MS",
                env["HOTSPAN_FILES_MAX_AGE_MS"],
                MINUTE_MILLIS,
                30 * DAY_MILLIS,
              ) ??
              DAY_MILLIS,
          },
  };
}

function proxy(name: string, value: string | undefined): string | undefined {
  const given = text(value);
  if (given === undefined || given === "env" || given === "off") return given;
  const parsed = URL.canParse(given) ? new URL(given) : undefined;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed.href;
  // It may have a password in it.
  return bad(name, "…", "env, off, or an http:// or https:// URL");
}
