import fs from "node:fs";
import { debug } from "../log.ts";

const PATH = "/proc/thread-self/schedstat";
const SPACE = 32;
const ZERO = 48;

/** An instrumentation of `fs` would make a span of each call. */
function unwrapped<T extends (...args: never[]) => unknown>(patched: T): T {
  return (patched as T & { __original?: T }).__original ?? patched;
}

const openSync = unwrapped(fs.openSync);
const readSync = unwrapped(fs.readSync);
const closeSync = unwrapped(fs.closeSync);

/**
 * How long this thread was ready to run and got no processor, as Linux counts it (`run_delay`): other threads had it, or the
 * cgroup's quota was used up. A reading takes 0.9–1.5 µs. Elsewhere, and where /proc may not be read, there is none.
 */
export class RunDelay {
  /** Opened by the thread that is measured: the file stays its own. */
  #file: number | undefined;
  readonly #text = Buffer.alloc(64);

  constructor(path: string = PATH) {
    try {
      this.#file = openSync(path, "r");
    } catch (error) {
      debug("run delay", error);
    }
  }

  /** Nanoseconds since the thread began; undefined: not known. Never throws. */
  read(): number | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
      let at = this.#text.indexOf(SPACE) + 1;
      if (at === 0 || at >= length) return undefined;
      let nanos = 0;
      for (; at < length && this.#text[at] !== SPACE; at++)
        nanos = nanos * 10 + (this.#text[at] ?? ZERO) - ZERO;
      return nanos;
    } catch (error) {
      debug("run delay", error);
      this.close();
      return undefined;
    }
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      closeSync(file);
    } catch (error) {
      debug("run delay", error);
    }
  }
}
