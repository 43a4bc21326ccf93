import type { Worker } from "node:worker_threads";

/** Worker threads that this thread has started and that have not ended. */
let running = 0;
let watching = false;
const listeners = new Set<(threadId: number) => void>();

const started = (worker: Worker): void => {
  const { threadId } = worker;
  running++;
  worker.once("exit", () => {
    running--;
    for (const listener of listeners) listener(threadId);
  });
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

/** Calls the listener with the number of each counted thread that ends, until the function it returns is called. */
export function onWorkerEnd(listener: (threadId: number) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
