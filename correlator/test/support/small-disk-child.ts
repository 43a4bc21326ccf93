// Runs where the small disk is mounted: the store, the correlator, and whoever fills the disk.
import { appendFile, open, readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { startCorrelator } from "@hotspan/correlator";
import { prepareDatabase, startEmbedded } from "@hotspan/store";

const [folder = "", on = ""] = process.argv.slice(2);
const small = join(folder, "small");
const place = (what: "store" | "log"): string => (on === what || on === "both" ? small : folder);
const filler = join(small, "filler");
const dataDir = join(place("log"), "data");

const store = await startEmbedded({ dataDir: join(place("store"), "clickhouse") });
const clickhouse = { url: store.httpUrl, database: store.database, ...store.writer };
await prepareDatabase(clickhouse);
const correlator = await startCorrelator({ clickhouse, dataDir, port: 0 });

async function fill(leaveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(small);
  const file = await open(filler, "a");
  await file.close();
  const chunk = Buffer.alloc(1 << 20);
  let left = bavail * bsize - leaveBytes;
  try {
    for (; left > 0; left -= chunk.length) await appendFile(filler, chunk.subarray(0, left));
  } catch (error) {
    // Others write as well.
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

async function answer(message: { fill?: number; free?: true; deadLetters?: true }): Promise<unknown> {
  if (message.fill !== undefined) await fill(message.fill);
  if (message.free !== undefined) await rm(filler, { force: true });
  if (message.deadLetters === undefined) return "done";
  const lines = await readFile(join(dataDir, "dlq", "http.jsonl"), "utf8").catch(() => "");
  return lines.split("\n").filter((line) => line !== "").length;
}

process.on("message", (message) => {
  void answer(message as object).then((reply) => process.send?.(reply as object));
});
process.once("disconnect", () => {
  void correlator
    .close()
    .then(() => store.close())
    .finally(() => process.exit(0));
});
process.send?.({ url: correlator.url, clickhouse });
