import type { AgentOptions } from "./config.ts";
import type { HotspanSpanProcessor } from "./otel/processor.ts";
import { sharedAgent } from "./shared.ts";

export type { AgentOptions } from "./config.ts";
export type { BackoffEvent, DroppedEvent, WindowEvent } from "./telemetry/channels.ts";
export type { AgentStatus } from "./telemetry/status.ts";
export type { AgentCode } from "./errors.ts";
export type { HotspanSpanProcessor } from "./otel/processor.ts";

/**
 * A span processor that brings the agent with it: `new NodeSDK({ spanProcessors: [exporting, hotspan()] })`. Sampling
 * starts when a tracer provider is registered. Never throws; what cannot work is said in one line on stderr.
 */
export function hotspan(options: AgentOptions = {}): HotspanSpanProcessor {
  const agent = sharedAgent();
  agent.install(options);
  return agent.processor;
}

/** Starts sampling in this thread now, without waiting for a span. */
export function start(options: AgentOptions = {}): void {
  sharedAgent().start(options);
}

/** Stops sampling and sends the last window, within 2 s. */
export async function stop(): Promise<void> {
  await sharedAgent().stop();
}

/**
 * Samples of `fn`, and of everything it starts, carry these labels beside those of the span. Only keys named in
 * `HOTSPAN_LABELS` or `labels` pass: a label with many values is expensive in every store.
 */
export function withLabels<R>(labels: Readonly<Record<string, string>>, fn: () => R): R {
  return sharedAgent().withLabels(labels, fn);
}
