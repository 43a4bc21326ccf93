import { open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { readText, syncFolder } from "./files.ts";

const length = 64;

/**
 * An offset that is kept on disk, in two files written in turns, in place: a torn write leaves the other one, and a full disk
 * cannot stop it. That matters: a log whose position could not be written would never give the room back that it takes.
 *
 * A file reads `SEQUENCE OFFSET CRC32` and is filled up with blanks.
 */
export class PositionFile {
  readonly #path: string;
  #sequence: number;
  #offset: bigint;

  private constructor(path: string, sequence: number, offset: bigint) {
    this.#path = path;
    this.#sequence = sequence;
    this.#offset = offset;
  }

  /** Makes what is missing. Unreadable counts as 0: what comes again is recognised by its cuts. */
  static async open(path: string): Promise<PositionFile> {
    const found = [await read(`${path}.0`), await read(`${path}.1`)].filter((one) => one !== undefined);
    // Versions before this one kept it under the plain name.
    const old = (await readText(path)) ?? "";
    const latest = found.reduce((a, b) => (a.sequence > b.sequence ? a : b), {
      sequence: 0,
      offset: /^\d+$/.test(old) ? BigInt(old) : 0n,
    });
    const file = new PositionFile(path, latest.sequence, latest.offset);
    // Both have their room from the beginning.
    for (const missing of [0, 1]) {
      const exists = await stat(`${path}.${missing}`).catch(() => undefined);
      if ((exists?.size ?? 0) < length) {
        file.#sequence += (file.#sequence + 1) % 2 === missing ? 0 : 1;
        await file.write(latest.offset);
      }
    }
    await rm(path, { force: true });
    await syncFolder(dirname(path));
    return file;
  }

  get offset(): bigint {
    return this.#offset;
  }

  async write(offset: bigint): Promise<void> {
    const sequence = this.#sequence + 1;
    const handle = await open(`${this.#path}.${sequence % 2}`, "r+").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return open(`${this.#path}.${sequence % 2}`, "w");
    });
    try {
      const text = `${sequence} ${offset}`;
      await handle.write(`${text} ${crc32(text)}\n`.padEnd(length), 0);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    this.#sequence = sequence;
    this.#offset = offset;
  }
}

async function read(
  path: string,
): Promise<{ readonly sequence: number; readonly offset: bigint } | undefined> {
  const [, sequence, offset, checksum] = /^(\d+) (\d+) (\d+)\s*$/.exec((await readText(path)) ?? "") ?? [];
  if (sequence === undefined || offset === undefined || checksum !== String(crc32(`${sequence} ${offset}`)))
    return undefined;
  return { sequence: Number(sequence), offset: BigInt(offset) };
}
