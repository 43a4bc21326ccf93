import { isMainThread } from "node:worker_threads";
import { debug } from "../log.ts";

/** How long a signal has the process sampled. */
export const SIGNAL_MILLIS = 30_000;

/**
 * Only where it was asked for: a process that listens to SIGUSR2 does not die of it any more, and nodemon, among others,
 * restarts programs with it. Returns what takes it back. Worker threads get no signals.
 */
export function watchSignal(signal: NodeJS.Signals, demand: () => void): () => void {
  if (!isMainThread) return () => {};
  const listener = (): void => {
    try {
      demand();
    } catch (error) {
      debug("signal", error);
    }
  };
  process.on(signal, listener);
  return () => process.off(signal, listener);
}
