// Works without tracing, so long as it is told; its own loop is no span's thread.
import { parentPort } from "node:worker_threads";
import { now } from "./clock.ts";
import { sortProducts } from "./work.ts";

parentPort?.on("message", (millis: number) => {
  sortProducts(now() + millis * 1e6);
  parentPort?.postMessage("done");
});
