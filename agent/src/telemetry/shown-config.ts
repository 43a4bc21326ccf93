import type { AgentConfig } from "../config.ts";

/** The settings in force as anybody may read them: no token, no credentials in an address. */
export type ShownConfig = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export function shownConfig(config: AgentConfig): ShownConfig {
  const { budget } = config;
  return {
    hz: config.hz,
    windowMillis: config.windowMillis,
    ...destination(config),
    ...(config.token === undefined ? {} : { token: "(set)" }),
    ...(config.tls.ca === undefined ? {} : { certificate: config.tls.ca }),
    ...(config.tls.certificate === undefined ? {} : { clientCertificate: config.tls.certificate }),
    ...(config.proxy === undefined ? {} : { proxy: withoutCredentials(config.proxy) }),
    quietLoop: config.quietLoop,
    journal: config.journal,
    budget: budget === undefined ? "off" : `${budget.cpuShare * 100}%,${budget.stallMillis}ms`,
    status: config.status,
    mode: config.mode,
    ...(config.mode === "amortised" ? { replicas: config.replicas } : {}),
    ...(config.signal === undefined ? {} : { signal: config.signal }),
    detail: config.detail,
    ...(config.detail === "slow" ? { slowMillis: config.slowMillis } : {}),
    sourceMaps: config.sourceMaps,
    heap: config.heap,
    ...(config.heap || config.oom || config.allocations
      ? { heapIntervalBytes: config.heapIntervalBytes }
      : {}),
    allocations: config.allocations,
    oom: config.oom,
    queueBytes: config.queueBytes,
    exitMillis: config.exitMillis,
    labels: [...config.labels],
    ...(config.serviceName === undefined ? {} : { serviceName: config.serviceName }),
    verbose: config.verbose,
  };
}

function destination(config: AgentConfig): ShownConfig {
  const { files, kafkaBrokers, kafkaSecurity } = config;
  if (files !== undefined)
    return { files: files.folder, filesMaxBytes: files.maxBytes, filesMaxAgeMillis: files.maxAgeMillis };
  if (kafkaBrokers.length > 0) {
    const { tls, sasl } = kafkaSecurity;
    return {
      kafkaBrokers,
      kafkaTls: tls !== undefined,
      ...(sasl === undefined ? {} : { kafkaSasl: sasl.mechanism }),
    };
  }
  return { endpoint: withoutCredentials(config.endpoint), endpointGiven: config.endpointGiven };
}

export function withoutCredentials(address: string): string {
  try {
    const url = new URL(address);
    if (url.username === "" && url.password === "") return address;
    url.username = url.password = "";
    return url.href;
  } catch {
    return address;
  }
}
