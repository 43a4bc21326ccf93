// Loaded before everything else (`node --import ./dist/telemetry.js`): the OpenTelemetry set-up of all three services,
// as anyone would write it. It knows nothing of Hotspan; the agent finds it.
import { getNodeAutoInstrumentations } from "@opentelemetry/auto-instrumentations-node";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { register } from "import-in-the-middle/register-hooks.mjs";

// An ES module gets its instrumented node:http only through this hook; it must come before the services are loaded.
register({ include: ["http", "node:http", "https", "node:https"] });

// Spans only, unless somebody asks for more: a profile store has no door for metrics and logs.
process.env["OTEL_METRICS_EXPORTER"] ??= "none";
process.env["OTEL_LOGS_EXPORTER"] ??= "none";
process.env["OTEL_TRACES_EXPORTER"] ??= "otlp";
process.env["OTEL_EXPORTER_OTLP_PROTOCOL"] ??= "http/protobuf";
// A trace should be there soon after its request, not after the default five seconds.
process.env["OTEL_BSP_SCHEDULE_DELAY"] ??= "1000";

const sdk = new NodeSDK({ instrumentations: [getNodeAutoInstrumentations()] });
sdk.start();

/** Exports the spans that wait and stops. Never fails: a service must be able to end without its collector. */
export async function stopTelemetry(): Promise<void> {
  await sdk.shutdown().catch((error: unknown) => {
    console.error(`spans not flushed: ${error instanceof Error ? error.message : String(error)}`);
  });
}
