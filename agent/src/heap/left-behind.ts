import { readdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "@hotspan/wire";
import type { Message } from "../window/encoder.ts";

const SUFFIX = ".heap";
const MOST_FILES = 8;

/** A line of JSON before the message's body. */
interface Label {
  readonly destination: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A profile whose process is about to die, before it is sent: whoever sends it may be ended first. `folder` is the user's own.
 * Returns its path.
 */
export async function leaveBehind(folder: string, destination: string, message: Message): Promise<string> {
  const { key, headers, body } = message;
  const label: Label = { destination, key, headers };
  const path = join(folder, `${key.replace("/", "-")}-${Date.now()}${SUFFIX}`);
  await writeFile(`${path}.part`, Buffer.concat([Buffer.from(`${JSON.stringify(label)}\n`), body]), {
    mode: 0o600,
    flag: "wx",
  });
  await rename(`${path}.part`, path);
  return path;
}

/** What dead processes left behind for this destination; it is not kept any longer. What is too old to be taken goes, too. */
export async function collectLeftBehind(folder: string, destination: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith(SUFFIX) && !name.endsWith(`${SUFFIX}.part`)) continue;
    const path = join(folder, name);
    const { mtimeMs, size } = await stat(path);
    if (Date.now() - mtimeMs > LIMITS.pastMillis || size > 2 * LIMITS.messageBytes) {
      await unlink(path);
      continue;
    }
    if (!name.endsWith(SUFFIX) || messages.length === MOST_FILES) continue;
    const bytes = await readFile(path);
    const end = bytes.indexOf(0x0a);
    const label = JSON.parse(bytes.toString("utf8", 0, end)) as Label;
    if (label.destination !== destination) continue;
    await unlink(path);
    messages.push({ key: label.key, headers: label.headers, body: bytes.subarray(end + 1) });
  }
  return messages;
}
