import { readFileSync } from "node:fs";
import type { TlsFiles } from "@hotspan/wire";
import { describe } from "../log.ts";

/** As `tls.connect` takes them; plain text, so that a worker thread can have them. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/**
 * Read anew for each connection pool: certificates are renewed while a process runs.
 * Throws if a file cannot be read; the message says which.
 */
export function readTls({ ca, certificate, key, passphrase }: TlsFiles): TlsMaterial {
  return {
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(certificate === undefined ? {} : { cert: pem(certificate) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function pem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw Object.assign(new Error(`cannot read ${path}: ${describe(error)}`), { code: "ERR_TLS_FILE" });
  }
}

/** Whether an error is about certificates and keys, of either side. */
export function isTlsError(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return (
    typeof code === "string" &&
    // OpenSSL's reasons for refusing a certificate, Node's name check, a broken PEM file.
    /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/.test(code)
  );
}

/** What of the environment a thread of our own needs to speak TLS as the process does. */
export function tlsEnvironment(): NodeJS.ProcessEnv {
  const reject = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  return reject === undefined ? {} : { NODE_TLS_REJECT_UNAUTHORIZED: reject };
}
