// The program under measurement. Its orders come as JSON in the first argument; with `inWorker` all of it happens in a worker.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Message, type Orders, runRequests } from "./requests.ts";

if (!isMainThread) {
  await runRequests(workerData as Orders, (message) => parentPort?.postMessage(message));
} else {
  const orders = JSON.parse(process.argv[2] ?? "") as Orders;
  // Nothing of it may outlive the recorder.
  process.once("disconnect", () => process.exit());
  const tell = (message: Message): void => void process.send?.(message);
  if (orders.inWorker) {
    const worker = new Worker(new URL(import.meta.url), { workerData: orders });
    worker.on("message", tell);
    worker.once("exit", () => process.disconnect?.());
  } else {
    await runRequests(orders, tell);
    process.disconnect?.();
  }
}
