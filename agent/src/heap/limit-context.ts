import type { AgentConfig, AgentOptions } from "../config.ts";
import type { HeapFacts } from "./message.ts";

/** What the process that finishes a heap profile must know of the one that dies; in a file only its user can read. */
export interface LimitContext {
  readonly facts: Omit<HeapFacts, "seq">;
  readonly intervalBytes: number;
  /** Working directory. */
  readonly folder: string;
  readonly sourceMaps: boolean;
  readonly options: AgentOptions;
}

/** Where windows go, as options: what was set in code is not in the environment that a child inherits. */
export function destinationOptions(config: AgentConfig): AgentOptions {
  const { endpoint, token, tls, proxy, kafkaBrokers, files } = config;
  return {
    endpoint,
    ...(token === undefined ? {} : { token }),
    ...(tls.ca === undefined ? {} : { certificate: tls.ca }),
    ...(tls.certificate === undefined ? {} : { clientCertificate: tls.certificate }),
    ...(tls.key === undefined ? {} : { clientKey: tls.key }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(kafkaBrokers.length === 0 ? {} : { kafkaBrokers: kafkaBrokers.join(",") }),
    ...(files === undefined
      ? {}
      : { files: files.folder, filesMaxBytes: files.maxBytes, filesMaxAgeMillis: files.maxAgeMillis }),
  };
}
