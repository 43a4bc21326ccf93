// An application to be bundled, with its own SDK: BUNDLE_AGENT says whether it brings the agent in code, or is run under `register`.
import { trace } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { burnInTheSource } from "./work.ts";

declare const BUNDLE_AGENT: boolean;

async function main(): Promise<void> {
  const spanProcessors: object[] = [];
  if (BUNDLE_AGENT) {
    const { hotspan } = await import("@hotspan/agent");
    spanProcessors.push(hotspan());
  }
  const provider = new NodeTracerProvider({ spanProcessors: spanProcessors as [] });
  provider.register();
  const tracer = trace.getTracer("bundled");
  for (let i = 0; i < 45; i++)
    await tracer.startActiveSpan("work", async (span) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      burnInTheSource(40);
      span.end();
    });
}
void main();
