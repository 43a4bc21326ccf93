import { mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { sourceName } from "../source/source.ts";
import { readText } from "../log/files.ts";
import type { DeadLetterSink } from "./ports.ts";

const maxBytes = 64 << 20;

/**
 * Dead letters of the HTTP doors: JSON lines `{source, offset, code, detail, timestampMs, headers, value}`, the value in
 * base64. (source, offset) is the key; a line that was written before a crash is not written again. One older file is
 * kept (`.1`).
 */
export async function deadLetterFile(path: string): Promise<DeadLetterSink> {
  await mkdir(dirname(path), { recursive: true });
  const highest = new Map<string, bigint>();
  for (const line of ((await readText(path)) ?? "").split("\n")) note(highest, line);
  return {
    async write(source, letters) {
      const name = sourceName(source);
      const known = highest.get(name) ?? -1n;
      const fresh = letters.filter(({ record }) => record.offset > known);
      if (fresh.length === 0) return;
      if ((await stat(path).catch(() => ({ size: 0 }))).size > maxBytes) await rename(path, `${path}.1`);
      const lines = fresh.map(({ record, code, detail }) =>
        JSON.stringify({
          source: name,
          offset: record.offset.toString(),
          code,
          detail,
          timestampMs: record.timestampMs,
          headers: record.headers,
          value: Buffer.from(record.value).toString("base64"),
        }),
      );
      const file = await open(path, "a");
      try {
        // A line torn by a crash ends here.
        await file.writeFile(`\n${lines.join("\n")}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
      const last = fresh.at(-1);
      if (last !== undefined) highest.set(name, last.record.offset);
    },
  };
}

function note(highest: Map<string, bigint>, line: string): void {
  try {
    const { source, offset } = JSON.parse(line) as { source?: string; offset?: string };
    if (source === undefined || offset === undefined) return;
    const value = BigInt(offset);
    if (value > (highest.get(source) ?? -1n)) highest.set(source, value);
  } catch {
    // Empty, or torn: whatever it was is written again.
  }
}
