import { readFileSync } from "node:fs";
import { readKafkaSecurity } from "@hotspan/wire";
import { CorrelatorError } from "../errors.ts";
import type { KafkaAddress } from "./driver.ts";

/** As `tls.connect` takes them: PEM texts. */
export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/**
 * Reads `HOTSPAN_KAFKA_…`, the same variables as the agent's, and the files they name. Throws
 * HOTSPAN_CORRELATOR_BAD_CONFIG, also for a file that cannot be read.
 */
export function kafkaSecurity(env: NodeJS.ProcessEnv): Pick<KafkaAddress, "tls" | "sasl"> {
  const own = {
    ca: env["HOTSPAN_CERTIFICATE"]?.trim() || undefined,
    certificate: env["HOTSPAN_CLIENT_CERTIFICATE"]?.trim() || undefined,
    key: env["HOTSPAN_CLIENT_KEY"]?.trim() || undefined,
    passphrase: env["HOTSPAN_CLIENT_KEY_PASSWORD"],
  };
  const { tls, sasl } = readKafkaSecurity(env, own, (name, value, expected) => {
    throw bad(`${name}=${value} is none of ${expected}`);
  });
  if (tls === undefined) return sasl === undefined ? {} : { sasl };
  const ca = pem(tls.ca, "HOTSPAN_KAFKA_SSL_CA_LOCATION or HOTSPAN_CERTIFICATE");
  const cert = pem(tls.certificate, "HOTSPAN_KAFKA_SSL_CERTIFICATE_LOCATION or HOTSPAN_CLIENT_CERTIFICATE");
  const key = pem(tls.key, "HOTSPAN_KAFKA_SSL_KEY_LOCATION or HOTSPAN_CLIENT_KEY");
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    },
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function pem(path: string | undefined, names: string): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw bad(`cannot read ${names}: ${path}`, cause);
  }
}

function bad(message: string, cause?: unknown): CorrelatorError {
  return new CorrelatorError("HOTSPAN_CORRELATOR_BAD_CONFIG", message, { cause });
}
