// The worker thread of the cause `worker`. Node hands it the --import of its parent, so it has its own OpenTelemetry
// and, where there is one, its own agent. The trace context comes with the message.
import { context, propagation } from "@opentelemetry/api";
import { parentPort } from "node:worker_threads";
import { inSpan } from "../shared/tracing.ts";
import { stopTelemetry } from "../telemetry.ts";
import type { PosterOrder } from "./poster-client.ts";
import { drawPoster } from "./worker.ts";

parentPort?.on("message", (order: PosterOrder | "stop") => {
  if (order === "stop") {
    // Without its only handle the thread ends by itself, and exit hooks run.
    void stopTelemetry().finally(() => parentPort?.close());
    return;
  }
  const { id, size, carrier } = order;
  void context.with(propagation.extract(context.active(), carrier), () =>
    inSpan("draw poster", { attributes: { "shop.poster.size": size } }, async () => {
      parentPort?.postMessage({ id, pixels: drawPoster(size) });
    }),
  );
});
