import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FilesTransport } from "./files.ts";
import { fileName, sweep } from "./folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = `${"ab".repeat(16)}/0`;
const NOW = Date.parse("2026-11-29T08:15:00.123Z");
const put = (name: string, bytes = 1): void => writeFileSync(join(folder, name), new Uint8Array(bytes));

test("a file's name tells its time, thread and size", () => {
  expect(fileName(KEY, 7, 321, NOW)).toBe(`20261129T081500123Z-${"ab".repeat(16)}-0-7-321.window.zst`);
});

test("what is too old goes, then the oldest until the rest fits; each is told, and other files stay", async () => {
  const written = [0, 1, 2, 3, 4, 5].map((minute) => {
    const name = fileName(KEY, minute, 100, NOW + minute * 60_000);
    put(name, 100);
    return name;
  });
  put("notes.txt");
  put(`${fileName(KEY, 9, 5, Date.now() - 3_600_000)}.part`);
  put(`${fileName(KEY, 10, 5)}.part`);
  const removed: string[] = [];
  await sweep({
    folder,
    maxBytes: 250,
    oldestMillis: NOW + 90_000,
    removed: (reason, bytes) => removed.push(`${reason} ${bytes}`),
  });
  expect(removed.toSorted()).toEqual(["folder full 100", "folder full 100", "too old 100", "too old 100"]);
  const left = readdirSync(folder);
  expect(left.filter((name) => name.endsWith(".zst")).toSorted()).toEqual(written.slice(4));
  expect(left).toContain("notes.txt");
  expect(left.filter((name) => name.endsWith(".part"))).toHaveLength(1);
});

test("the folder never holds more than its limit, whatever is written, and the newest is always there", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 80 }),
      async (sizes) => {
        const inside = join(folder, String(Math.random()).slice(2));
        const transport = new FilesTransport({ folder: inside, maxBytes: 1 << 18, maxAgeMillis: 86_400_000 });
        let evicted = 0;
        transport.onEvict = () => evicted++;
        for (const bytes of sizes) {
          expect(await transport.send({ key: KEY, headers: {}, body: new Uint8Array(bytes) })).toEqual({
            kind: "sent",
          });
          const held = readdirSync(inside).map((name) => Number(/-(\d+)\.window\.zst$/.exec(name)?.[1]));
          expect(held.reduce((a, b) => a + b)).toBeLessThanOrEqual(1 << 18);
          expect(held).toContain(bytes);
        }
        expect(readdirSync(inside).length + evicted).toBe(sizes.length);
      },
    ),
    { numRuns: 15 },
  );
});

test("a folder that cannot be made is a reason to try again later", async () => {
  put("taken");
  const transport = new FilesTransport({
    folder: join(folder, "taken"),
    maxBytes: 1 << 20,
    maxAgeMillis: 60_000,
  });
  const message = { key: KEY, headers: {}, body: new Uint8Array(3) };
  expect(await transport.send(message)).toMatchObject({
    kind: "retry",
    reason: expect.stringMatching(/EEXIST|ENOTDIR/),
  });
  rmSync(join(folder, "taken"));
  expect(await transport.send(message)).toEqual({ kind: "sent" });
});
