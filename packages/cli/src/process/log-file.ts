import { appendFileSync, renameSync, statSync } from "node:fs";

/** Bytes after which a log file becomes `NAME.1` (the one before it goes). */
const MOST_BYTES = 5_000_000;
const KEPT_LINES = 20;

/**
 * The output of one process, on disk within 10 MB, its last lines in memory. Appends synchronously: the lines before a
 * crash are the ones that count, and these processes say little.
 */
export class LogFile {
  readonly path: string;
  #bytes: number;
  #partial = "";
  readonly #last: string[] = [];

  constructor(path: string) {
    this.path = path;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  write(chunk: Buffer | string): void {
    const text = typeof chunk === "string" ? chunk : chunk.toString("utf8");
    const lines = (this.#partial + text).split("\n");
    this.#partial = (lines.pop() ?? "").slice(-4000);
    this.#last.push(...lines);
    this.#last.splice(0, this.#last.length - KEPT_LINES);
    try {
      if (this.#bytes > MOST_BYTES) {
        renameSync(this.path, `${this.path}.1`);
        this.#bytes = 0;
      }
      appendFileSync(this.path, chunk);
      this.#bytes += chunk.length;
    } catch {
      // A full disk must not end what is being logged; the last lines are still in memory.
    }
  }

  /** At most 20 lines, the newest last. */
  lastLines(): readonly string[] {
    return this.#partial === "" ? this.#last : [...this.#last, this.#partial];
  }
}
