import type { RunFile } from "@hotspan/store";

/**
 * The environment in which a program runs with the agent attached to `run`. Whatever the caller has set stays as it is;
 * the agent's module is added to NODE_OPTIONS once.
 */
export function agentEnv(
  env: NodeJS.ProcessEnv,
  run: Pick<RunFile, "ingestUrl" | "kafka">,
  registerUrl: string,
): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = { ...env };
  const options = env["NODE_OPTIONS"] ?? "";
  // A file URL has no spaces: NODE_OPTIONS splits at them.
  if (!options.includes(registerUrl))
    result["NODE_OPTIONS"] = `${options} --import=${registerUrl}`.trimStart();
  result["HOTSPAN_ENDPOINT"] ??= run.ingestUrl;
  // Whoever wants files has said where windows go.
  if (run.kafka !== undefined && env["HOTSPAN_FILES"] === undefined)
    result["HOTSPAN_KAFKA_BROKERS"] ??= run.kafka.brokers;
  const exporterSet =
    env["OTEL_EXPORTER_OTLP_ENDPOINT"] !== undefined ||
    env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] !== undefined;
  if (!exporterSet) {
    result["OTEL_EXPORTER_OTLP_ENDPOINT"] = run.ingestUrl;
    result["OTEL_EXPORTER_OTLP_PROTOCOL"] ??= "http/protobuf";
    const token = env["HOTSPAN_TOKEN"];
    if (token !== undefined && token !== "") {
      result["OTEL_EXPORTER_OTLP_HEADERS"] ??= `authorization=${encodeURIComponent(`Bearer ${token}`)}`;
    }
  }
  return result;
}
