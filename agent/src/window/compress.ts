import { zstdCompressSync } from "node:zlib";
import { compress } from "@hotspan/wire";

/** Windows follow each other after seconds; the second that waits for its encoding is the last that may. */
const PATIENCE_MILLIS = 1000;
/**
 * 0.2 ms at most on the thread itself. Of less, waking a thread of the pool and then the loop takes more CPU than compressing: 0.5 ms
 * for 6 kB, a window of an idle process, instead of 0.05.
 */
const SMALL = 1 << 16;
/** Takes some 5 ms. A window that is larger waits: better one lost than the loop held. */
const MOST_AT_ONCE = 1 << 20;

/** Jobs that the pool was given and that nobody waits for any more; each holds its bytes. */
let abandoned = 0;

/**
 * zstd, of what is not small on the thread pool, as long as that has a thread for it. An application that keeps the pool busy for seconds would otherwise
 * lose the windows that show so. They are compressed at once then, on the thread itself, and the pool gets none until
 * it is done with what it has: a pool that hangs for good must not make memory grow.
 */
export async function compressSoon(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > MOST_AT_ONCE) return compress(bytes);
  if (bytes.length <= SMALL || abandoned > 0) return zstdCompressSync(bytes);
  const job = compress(bytes);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLIS, undefined).unref();
  });
  const done = await Promise.race([job, late]).finally(() => clearTimeout(timer));
  if (done !== undefined) return done;
  abandoned++;
  const settled = (): void => void abandoned--;
  job.then(settled, settled);
  return zstdCompressSync(bytes);
}
