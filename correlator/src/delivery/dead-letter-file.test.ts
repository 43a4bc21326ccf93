import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SourceId } from "../source/source.ts";
import { deadLetterFile } from "./dead-letter-file.ts";

const source: SourceId = { cluster: "http", group: "g", topicId: "profiles-1", partition: 0 };
const letter = (offset: number) => ({
  record: {
    offset: BigInt(offset),
    timestampMs: 5,
    headers: { "content-encoding": "zstd" },
    value: Buffer.from(`value ${offset}`),
  },
  code: "HOTSPAN_WIRE_MALFORMED",
  detail: "why",
});

test("a dead letter is written once, also after a restart in the middle of a line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotspan-dlq-"));
  try {
    const path = join(folder, "dlq", "http.jsonl");
    const first = await deadLetterFile(path);
    await first.write(source, [letter(3), letter(4)]);
    await first.write(source, [letter(3), letter(4)]);
    await appendFile(path, '{"source":"http/g/profiles-1/0","offset":"9');
    const second = await deadLetterFile(path);
    await second.write(source, [letter(4), letter(9)]);
    const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line.endsWith("}"));
    const letters = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(letters.map(({ offset }) => offset)).toEqual(["3", "4", "9"]);
    expect(letters[2]).toMatchObject({
      code: "HOTSPAN_WIRE_MALFORMED",
      headers: { "content-encoding": "zstd" },
    });
    expect(Buffer.from(String(letters[2]?.["value"]), "base64").toString()).toBe("value 9");
  } finally {
    await rm(folder, { recursive: true });
  }
});
