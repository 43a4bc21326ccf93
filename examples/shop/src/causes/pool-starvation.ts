// Planted cause `pool-starvation`: asynchronous work that fills libuv's four threads while others need one.
//
// - where: accounts. `POST /import` → `hashBatch` starts 8 asynchronous key derivations at once; `GET /invoice/{id}` →
//   `readInvoice` unpacks an invoice, which takes a thread for less than 1 ms
// - share: the invoice asked for 30 ms after each import, and whichever others happen to meet one
// - truth: the invoice waits 100–250 ms in `wait.pool`, with an idle loop; the import itself waits as long for its own jobs
import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzipSync } from "node:zlib";

export const JOBS = { planted: 8, otherwise: 1 } as const;
/** ~35 ms of CPU per job; without the cause well under 1 ms. */
export const JOB_ITERATIONS = { planted: 70_000, otherwise: 500 } as const;
/** So long after an import the invoice is asked for. */
export const INVOICE_AFTER_MS = 30;

const derive = promisify(pbkdf2);
const unpack = promisify(gunzip);

/** The keys of `jobs` imported accounts, all derived at once. */
export async function hashBatch(batch: string, jobs: number, iterations: number): Promise<readonly string[]> {
  const keys = await Promise.all(
    Array.from({ length: jobs }, (_, n) => derive(`${batch}-${n}`, "shop", iterations, 32, "sha512")),
  );
  return keys.map((key) => key.toString("hex"));
}

export function packInvoice(id: string): Buffer {
  const lines = Array.from({ length: 60 }, (_, n) => ({ line: n, sku: `sku-${n}`, net: (n * 7919) % 9973 }));
  return gzipSync(JSON.stringify({ id, lines }));
}

export async function readInvoice(packed: Buffer): Promise<unknown> {
  return JSON.parse((await unpack(packed)).toString("utf8")) as unknown;
}
