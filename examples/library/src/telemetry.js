"use strict";
// Loaded first (`node --require ./src/telemetry.js`): OpenTelemetry as a program configures it that wants to choose for
// itself, with Hotspan as one span processor among others.
const { hotspan } = require("@hotspan/agent");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-proto");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");

// No door for metrics and logs is assumed.
process.env.OTEL_METRICS_EXPORTER ??= "none";
process.env.OTEL_LOGS_EXPORTER ??= "none";

const sdk = new NodeSDK({
  spanProcessors: [
    new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 1000 }),
    hotspan(),
  ],
  instrumentations: [new HttpInstrumentation()],
});
sdk.start();

/** Exports what waits and stops; never fails. */
exports.stopTelemetry = () =>
  sdk.shutdown().catch((error) => console.error(`spans not flushed: ${error.message}`));
