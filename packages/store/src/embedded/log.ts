import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

// The engine has no symbols, so the frames of its stack traces say nothing and would push out what does.
const engineFrame = /^\s*\d+\. .* @ 0x[0-9a-f]+\s*$/;

/** The server's log file, kept below twice `maxBytes` (`clickhouse.log` and `clickhouse.log.1`), and its last lines. */
export class ServerLog {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #tail: string[] = [];
  #fd: number;
  #bytes: number;
  #rest = "";

  constructor(path: string, maxBytes: number = 4 * 1024 * 1024) {
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#fd = openSync(path, "a", 0o600);
    this.#bytes = fstatSync(this.#fd).size;
  }

  write(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    // A "line" without end must not grow without end either.
    this.#rest = (lines.pop() ?? "").slice(0, 64 * 1024);
    for (const line of lines) this.line(line);
  }

  line(text: string): void {
    if (text.trim() === "" || engineFrame.test(text)) return;
    this.#tail.push(text.slice(0, 2_000));
    if (this.#tail.length > 20) this.#tail.shift();
    const bytes = Buffer.from(`${text}\n`);
    try {
      if (this.#bytes + bytes.length > this.#maxBytes) this.#rotate();
      writeSync(this.#fd, bytes);
      this.#bytes += bytes.length;
    } catch {
      // On a full disk lines are lost, but not who writes them. The latest stand in the tail.
    }
  }

  /** Forgets the last lines: what follows belongs to another run. */
  begin(): void {
    this.#tail.length = 0;
    this.#rest = "";
  }

  /** The last message of an exception: clickhouse-local prints it when a statement of its script fails. */
  lastError(): string | undefined {
    return this.#tail.findLast((line) => /^(Code: \d+|Poco::Exception)\b/.test(line));
  }

  tail(): string {
    return [...this.#tail, this.#rest].filter((line) => line !== "").join("\n");
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    // It is not there when the last attempt could not open another.
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    const fd = openSync(this.path, "a", 0o600);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = 0;
  }
}
