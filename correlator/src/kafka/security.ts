import { readFileSync } from "node:fs";
import type { KafkaConfig, SASLOptions } from "kafkajs";
import { CorrelatorError } from "../errors.ts";

/** TLS and SASL of kafkajs. */
export type KafkaSecurity = Pick<KafkaConfig, "ssl" | "sasl">;

const PROTOCOLS: ReadonlySet<string> = new Set(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]);

/**
 * Reads `HOTSPAN_KAFKA_…`, the same variables as the agent's and with the names of Kafka's own clients. Throws
 * HOTSPAN_CORRELATOR_BAD_CONFIG, also for a file that cannot be read.
 */
export function kafkaSecurity(env: NodeJS.ProcessEnv): KafkaSecurity {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const setting = (name: string): string | undefined => text(`HOTSPAN_KAFKA_${name}`);
  const file = (name: string, general: string): string | undefined => {
    const path = setting(name) ?? text(general);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, "utf8");
    } catch (cause) {
      throw bad(`cannot read HOTSPAN_KAFKA_${name} or ${general}: ${path}`, cause);
    }
  };
  const protocol = setting("SECURITY_PROTOCOL")?.toUpperCase() ?? "PLAINTEXT";
  if (!PROTOCOLS.has(protocol))
    throw bad(`HOTSPAN_KAFKA_SECURITY_PROTOCOL=${protocol} is none of ${[...PROTOCOLS].join(", ")}`);
  const ca = file("SSL_CA_LOCATION", "HOTSPAN_CERTIFICATE");
  const cert = file("SSL_CERTIFICATE_LOCATION", "HOTSPAN_CLIENT_CERTIFICATE");
  const key = file("SSL_KEY_LOCATION", "HOTSPAN_CLIENT_KEY");
  const passphrase = env["HOTSPAN_KAFKA_SSL_KEY_PASSWORD"];
  return {
    ...(protocol.endsWith("SSL")
      ? {
          ssl: {
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
            ...(passphrase === undefined ? {} : { passphrase }),
          },
        }
      : {}),
    ...(protocol.startsWith("SASL")
      ? {
          sasl: saslOptions(
            setting("SASL_MECHANISM")?.toUpperCase() ?? "PLAIN",
            setting("SASL_USERNAME") ?? "",
            env["HOTSPAN_KAFKA_SASL_PASSWORD"] ?? "",
          ),
        }
      : {}),
  };
}

function saslOptions(mechanism: string, username: string, password: string): SASLOptions {
  switch (mechanism) {
    case "PLAIN":
      return { mechanism: "plain", username, password };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", username, password };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", username, password };
    default:
      throw bad(`HOTSPAN_KAFKA_SASL_MECHANISM=${mechanism} is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512`);
  }
}

function bad(message: string, cause?: unknown): CorrelatorError {
  return new CorrelatorError("HOTSPAN_CORRELATOR_BAD_CONFIG", message, { cause });
}
