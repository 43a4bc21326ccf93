import { isMainThread } from "node:worker_threads";
import { debug } from "./log.ts";

/** What the agent does when the thread ends. */
export interface Ending {
  /** Sends what is there; resolves in bounded time. */
  flush(): Promise<void>;
  /** Synchronous, in the `exit` event. */
  exit(): void;
  /** The process is about to die of a signal: there will be no `exit` event. */
  killed(): void;
}

const SIGNAL = "SIGTERM";

/**
 * Watches for the end of the thread without changing how it ends: exit codes stay, handlers of the application decide as
 * if ours were not there, and a process without handlers still dies of the signal. One for all who want to know, since each
 * would take another's handler for the application's.
 */
export class EndWatch {
  readonly #endings = new Set<Ending>();
  #flushed = false;

  /** Returns what takes it back. */
  add(ending: Ending): () => void {
    if (this.#endings.size === 0) this.#watch();
    this.#endings.add(ending);
    this.#flushed = false;
    return () => {
      if (this.#endings.delete(ending) && this.#endings.size === 0) this.#unwatch();
    };
  }

  async #flush(): Promise<void> {
    this.#flushed = true;
    await Promise.all(
      [...this.#endings].map((ending) =>
        ending.flush().catch((error: unknown) => debug("flush at the end failed", error)),
      ),
    );
  }

  // The event comes again when the loop has run dry once more after our flush.
  readonly #beforeExit = (): void => {
    if (!this.#flushed) void this.#flush();
  };

  readonly #exit = (): void => {
    for (const ending of this.#endings) ending.exit();
  };

  readonly #terminated = (): void => {
    // Out of the way first: handlers like signal-exit's re-raise only if nobody else listens.
    this.#unwatchSignal();
    const alone = process.listenerCount(SIGNAL) === 0;
    if (!alone) {
      void this.#flush();
      return;
    }
    void this.#flush().then(() => {
      if (process.listenerCount(SIGNAL) > 0) return;
      for (const ending of this.#endings) ending.killed();
      process.kill(process.pid, SIGNAL);
    });
  };

  // First in line: a `once` handler that ran before us would have left the list, and we would take the app for one
  // without handlers.
  readonly #keepFirst = (name: string | symbol, listener: unknown): void => {
    if (name === SIGNAL && listener !== this.#terminated) queueMicrotask(this.#moveToFront);
  };

  readonly #moveToFront = (): void => {
    const terminated = this.#terminated;
    const listeners = process.listeners(SIGNAL);
    if (listeners.length < 2 || listeners[0] === terminated || !listeners.includes(terminated)) return;
    process.off(SIGNAL, terminated);
    process.prependListener(SIGNAL, terminated);
  };

  #watch(): void {
    process.on("beforeExit", this.#beforeExit);
    process.on("exit", this.#exit);
    if (!isMainThread) return;
    process.prependListener(SIGNAL, this.#terminated);
    process.on("newListener", this.#keepFirst);
  }

  #unwatchSignal(): void {
    process.off("newListener", this.#keepFirst);
    process.off(SIGNAL, this.#terminated);
  }

  #unwatch(): void {
    process.off("beforeExit", this.#beforeExit);
    process.off("exit", this.#exit);
    this.#unwatchSignal();
  }
}
