import { readdirSync, rmSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMainThread, threadId } from "node:worker_threads";
import { debug } from "../log.ts";
import { withoutTracing } from "../otel/suppress.ts";
import { ownFolder, runtimeFolders } from "./runtime-folder.ts";

/**
 * `hotspan-UID/PID.json`, of a worker thread `PID.THREAD.json`: readable by the user only, replaced as a whole, removed at
 * exit. Never more than one write is under way; what cannot be written is left out without a word to the application.
 */
export class StatusFile {
  readonly #folders: readonly string[];
  #folder: string | undefined;
  #next: (() => string) | undefined;
  #writing = false;
  #over = false;

  constructor(folders: readonly string[] = runtimeFolders(process.env)) {
    this.#folders = folders;
  }

  /** Writes what `text` returns when its turn comes. */
  write(text: () => string): void {
    if (this.#over) return;
    this.#next = text;
    if (this.#writing) return;
    this.#writing = true;
    // Instrumented file systems make spans, and a write within a request would be labelled as its work.
    void withoutTracing(() => this.#run());
  }

  /** Synchronous: for the `exit` event as well. */
  remove(): void {
    if (this.#over) return;
    this.#over = true;
    process.off("exit", this.#exit);
    const folder = this.#folder;
    if (folder === undefined) return;
    try {
      // Worker threads that were terminated leave theirs behind.
      const own = isMainThread
        ? readdirSync(folder).filter((name) => name.split(".")[0] === String(process.pid))
        : [fileName(), `${fileName()}.tmp`];
      for (const name of own) rmSync(join(folder, name), { force: true });
    } catch (error) {
      debug("status file", error);
    }
  }

  readonly #exit = (): void => this.remove();

  async #run(): Promise<void> {
    try {
      if (this.#folder === undefined) {
        const folder = await ownFolder(this.#folders);
        if (folder === undefined || this.#over) {
          this.#over = true;
          return;
        }
        this.#folder = folder;
        process.on("exit", this.#exit);
      }
      const path = join(this.#folder, fileName());
      for (;;) {
        const text = this.#next;
        this.#next = undefined;
        if (text === undefined || this.#over) return;
        await writeFile(`${path}.tmp`, text(), { mode: 0o600 });
        // Whoever removed it meanwhile will not do so again.
        if (this.#gone) return rmSync(`${path}.tmp`, { force: true });
        await rename(`${path}.tmp`, path);
        if (this.#gone) return rmSync(path, { force: true });
      }
    } catch (error) {
      debug("status file", error);
    } finally {
      this.#writing = false;
    }
  }

  /** A getter: it changes during an `await`, which narrowing does not see. */
  get #gone(): boolean {
    return this.#over;
  }
}

function fileName(): string {
  return isMainThread ? `${process.pid}.json` : `${process.pid}.${threadId}.json`;
}
