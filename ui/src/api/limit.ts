// Rows ask for their ledgers all at once; the server shall see a few at a time, in the order asked.
const atOnce = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs `task` when one of the few places is free. Rejects with the signal's reason when it is no longer wanted. */
export async function limited<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await turn(signal);
  else running++;
  try {
    signal.throwIfAborted();
    return await task();
  } finally {
    // The place goes to the next in line without being free in between.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

function turn(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = (): void => {
      const index = waiting.indexOf(start);
      if (index >= 0) waiting.splice(index, 1);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", leave, { once: true });
    waiting.push(start);
  });
}
