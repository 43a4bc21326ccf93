import { basename } from "node:path";
import type { AgentConfig } from "../config.ts";

/**
 * What an SDK that reads `OTEL_*` lacks to send its spans where the samples go. Spans only, unless metrics and logs are asked
 * for: a profile store has no door for them. Whatever the user has set stays.
 */
export function missingVariables(
  env: NodeJS.ProcessEnv,
  { endpoint, token }: Pick<AgentConfig, "endpoint" | "token">,
): Record<string, string> {
  const missing: Record<string, string> = {};
  const set = (name: string): boolean => (env[name] ?? "").trim() !== "";
  for (const name of ["OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"]) if (!set(name)) missing[name] = "none";
  if (set("OTEL_EXPORTER_OTLP_ENDPOINT") || set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) return missing;
  const protocol = env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] ?? env["OTEL_EXPORTER_OTLP_PROTOCOL"];
  // Whoever wants gRPC means a Collector at its own default address.
  if (protocol?.trim() === "grpc") return missing;
  missing["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = `${endpoint}/v1/traces`;
  if (token !== undefined && !set("OTEL_EXPORTER_OTLP_HEADERS") && !set("OTEL_EXPORTER_OTLP_TRACES_HEADERS"))
    missing["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] = `authorization=${encodeURIComponent(`Bearer ${token}`)}`;
  return missing;
}

/** Runs `fn` with these variables set and takes them back: child processes inherit what stays. */
export function withVariables<R>(variables: Readonly<Record<string, string>>, fn: () => R): R {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return fn();
  } finally {
    for (const [name, value] of before)
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  }
}

/** `NODE_OPTIONS` reaches these too, and nobody wants their spans. */
export function isPackageManager(program: string | undefined): boolean {
  return /^(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack)(?:-cli)?(?:\.[cm]?js)?$/.test(basename(program ?? ""));
}
