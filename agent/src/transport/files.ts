import { renameSync, writeFileSync } from "node:fs";
import { rename, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe } from "../log.ts";
import type { Message } from "../window/encoder.ts";
import { fileName, makeFolder, sweep, UNFINISHED } from "./folder.ts";
import type { FilesSettings } from "./settings.ts";
import type { EvictReason, Outcome, Transport } from "./transport.ts";

/** Part of the limit that may be written between two looks at the folder, by each thread of each process that uses it. */
const SHARE = 1 / 16;
const LONGEST_UNSWEPT_MILLIS = 600_000;

/**
 * Windows as files of a folder, for those without a way to a correlator: `hotspan ingest` posts them later. A file appears
 * complete or not at all; readable by the user only. Several threads and processes may share a folder: its limits are the
 * folder's.
 */
export class FilesTransport implements Transport {
  readonly destination: string;
  readonly settings = {
    address: "HOTSPAN_FILES",
    credentials: "HOTSPAN_FILES",
    certificate: "HOTSPAN_FILES",
  };
  onEvict: ((reason: EvictReason, bytes: number) => void) | undefined;
  readonly #folder: string;
  readonly #settings: FilesSettings;
  #made = false;
  #count = 0;
  #unsweptBytes = 0;
  #sweptMillis: number | undefined;

  constructor(settings: FilesSettings) {
    this.#settings = settings;
    // The application may change its working directory.
    this.#folder = resolve(settings.folder);
    this.destination = this.#folder;
  }

  async send({ key, body }: Message): Promise<Outcome> {
    try {
      this.#makeFolder();
      await this.#makeRoom(body.length);
      const path = join(this.#folder, fileName(key, this.#count++, body.length));
      const unfinished = path + UNFINISHED;
      try {
        await writeFile(unfinished, body, { mode: 0o600, flag: "wx" });
        await rename(unfinished, path);
      } catch (error) {
        await unlink(unfinished).catch(() => {});
        throw error;
      }
      return { kind: "sent" };
    } catch (error) {
      this.#made = false;
      return { kind: "retry", reason: describe(error) };
    }
  }

  sendAtExit(messages: readonly Message[]): void {
    this.#makeFolder();
    for (const { key, body } of messages) {
      const path = join(this.#folder, fileName(key, this.#count++, body.length));
      writeFileSync(path + UNFINISHED, body, { mode: 0o600, flag: "wx" });
      renameSync(path + UNFINISHED, path);
    }
  }

  async close(): Promise<void> {}

  #makeFolder(): void {
    if (!this.#made) makeFolder(this.#folder);
    this.#made = true;
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { maxBytes, maxAgeMillis } = this.#settings;
    const now = Date.now();
    const stepMillis = Math.min(maxAgeMillis * SHARE, LONGEST_UNSWEPT_MILLIS);
    if (
      this.#sweptMillis !== undefined &&
      now - this.#sweptMillis < stepMillis &&
      this.#unsweptBytes + bytes <= maxBytes * SHARE
    ) {
      this.#unsweptBytes += bytes;
      return;
    }
    await sweep({
      folder: this.#folder,
      // Room for what comes until the next time, so that the limit holds.
      maxBytes: Math.max(0, maxBytes * (1 - SHARE) - bytes),
      oldestMillis: now - maxAgeMillis,
      removed: (reason, size) => this.onEvict?.(reason, size),
    });
    // Only now: where room cannot be made nothing is written.
    this.#sweptMillis = now;
    this.#unsweptBytes = bytes;
  }
}
