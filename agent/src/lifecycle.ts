import { isMainThread } from "node:worker_threads";
import { debug } from "./log.ts";

/** What the agent does when the thread ends. */
export interface Ending {
  /** Sends what is there; resolves within 2 s. */
  flush(): Promise<void>;
  /** Synchronous, in the `exit` event. */
  exit(): void;
  /** The process is about to die of a signal: there will be no `exit` event. */
  killed(): void;
}

const SIGNAL = "SIGTERM";

/**
 * Watches for the end of the thread without changing how it ends: exit codes stay, handlers of the application decide as
 * if ours were not there, and a process without handlers still dies of the signal. Returns what takes it all back.
 */
export function watchEnd(ending: Ending): () => void {
  let flushed = false;
  const flush = async (): Promise<void> => {
    flushed = true;
    await ending.flush().catch((error: unknown) => debug("flush at the end failed", error));
  };
  // The event comes again when the loop has run dry once more after our flush.
  const beforeExit = (): void => {
    if (!flushed) void flush();
  };
  const exit = (): void => ending.exit();

  const terminated = (): void => {
    // Out of the way first: handlers like signal-exit's re-raise only if nobody else listens.
    unwatchSignal();
    const alone = process.listenerCount(SIGNAL) === 0;
    if (!alone) {
      void flush();
      return;
    }
    void flush().then(() => {
      if (process.listenerCount(SIGNAL) > 0) return;
      ending.killed();
      process.kill(process.pid, SIGNAL);
    });
  };
  // First in line: a `once` handler that ran before us would have left the list, and we would take the app for one
  // without handlers.
  const keepFirst = (name: string | symbol, listener: unknown): void => {
    if (name === SIGNAL && listener !== terminated) queueMicrotask(moveToFront);
  };
  const moveToFront = (): void => {
    const listeners = process.listeners(SIGNAL);
    if (listeners.length < 2 || listeners[0] === terminated || !listeners.includes(terminated)) return;
    process.off(SIGNAL, terminated);
    process.prependListener(SIGNAL, terminated);
  };
  const unwatchSignal = (): void => {
    process.off("newListener", keepFirst);
    process.off(SIGNAL, terminated);
  };

  process.on("beforeExit", beforeExit);
  process.on("exit", exit);
  if (isMainThread) {
    process.prependListener(SIGNAL, terminated);
    process.on("newListener", keepFirst);
  }
  return () => {
    process.off("beforeExit", beforeExit);
    process.off("exit", exit);
    unwatchSignal();
  };
}
