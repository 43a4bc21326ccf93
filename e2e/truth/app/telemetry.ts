// OpenTelemetry 2.x as a service would set it up; the agent finds it. Spans leave only when told: an export in the middle of
// a span would be work of the loop that nobody logged.
import { createRequire } from "node:module";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const endpoint = process.env["HOTSPAN_ENDPOINT"];
const exporting = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }), {
  scheduledDelayMillis: 600_000,
  maxExportBatchSize: 2048,
  maxQueueSize: 8192,
});
const sdk = new NodeSDK({ spanProcessors: [exporting], instrumentations: [new HttpInstrumentation()] });
sdk.start();
// The instrumentation works on what `require` returns, and an ES module's default import of it is the same object.
createRequire(import.meta.url)("node:http");

export async function exportSpans(): Promise<void> {
  await exporting.forceFlush();
}

/** The agent's processor is among those shut down: its last window is sent. */
export async function stopTelemetry(): Promise<void> {
  await sdk.shutdown();
}
