/** Paths of PEM files. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** Of the key, itself and not a path. */
  readonly passphrase?: string | undefined;
}

export interface Sasl {
  readonly mechanism: (typeof SASL_MECHANISMS)[number];
  readonly username: string;
  readonly password: string;
}

export interface KafkaSecurity {
  /** Undefined: no TLS. */
  readonly tls: TlsFiles | undefined;
  readonly sasl: Sasl | undefined;
}

// The names of Kafka's own clients.
const SECURITY_PROTOCOLS = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;
const SASL_MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/**
 * Reads `HOTSPAN_KAFKA_SECURITY_PROTOCOL` and those that go with it; files are named, not opened.
 * @param own files that hold for every connection, where Kafka has none of its own
 * @param refuse told of a value that is none of the known ones; unless it throws, the default holds (PLAINTEXT, PLAIN)
 */
export function readKafkaSecurity(
  env: Readonly<Record<string, string | undefined>>,
  own: TlsFiles,
  refuse: (name: string, value: string, expected: string) => void,
): KafkaSecurity {
  const setting = (name: string): string | undefined => env[`HOTSPAN_KAFKA_${name}`]?.trim() || undefined;
  const named = <T extends string>(name: string, known: readonly T[], otherwise: T): T => {
    const given = setting(name)?.toUpperCase();
    const found = known.find((one) => one === given);
    if (given !== undefined && found === undefined) refuse(`HOTSPAN_KAFKA_${name}`, given, known.join(", "));
    return found ?? otherwise;
  };
  const protocol = named("SECURITY_PROTOCOL", SECURITY_PROTOCOLS, "PLAINTEXT");
  return {
    tls: protocol.endsWith("SSL")
      ? {
          ca: setting("SSL_CA_LOCATION") ?? own.ca,
          certificate: setting("SSL_CERTIFICATE_LOCATION") ?? own.certificate,
          key: setting("SSL_KEY_LOCATION") ?? own.key,
          // Secrets may begin and end as they like.
          passphrase: env["HOTSPAN_KAFKA_SSL_KEY_PASSWORD"] ?? own.passphrase,
        }
      : undefined,
    sasl: protocol.startsWith("SASL")
      ? {
          mechanism: named("SASL_MECHANISM", SASL_MECHANISMS, "PLAIN"),
          username: setting("SASL_USERNAME") ?? "",
          password: env["HOTSPAN_KAFKA_SASL_PASSWORD"] ?? "",
        }
      : undefined,
  };
}
