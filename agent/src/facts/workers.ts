import type { Worker } from "node:worker_threads";

/** Worker threads that this thread has started and that have not ended. */
let running = 0;
let watching = false;

const ended = (): void => {
  running--;
};
const started = (worker: Worker): void => {
  running++;
  worker.once("exit", ended);
};

/** Counts from now on: Node.js tells of each worker thread once, when it is made. */
export function watchWorkers(): void {
  if (watching) return;
  watching = true;
  process.on("worker", started);
}

export function unwatchWorkers(): void {
  watching = false;
  process.off("worker", started);
}

export function runningWorkers(): number {
  return running;
}
