// CLOCK_MONOTONIC, the same zero in every process of the machine: what one process logs can be laid beside another's.
import { openSync, readSync } from "node:fs";

const hrtime = process.hrtime.bigint.bind(process.hrtime);

/** Nanoseconds; exact as a number for 104 days of uptime. */
export function now(): number {
  return Number(hrtime());
}

export interface ThreadMeter {
  /** CPU of this thread, nanoseconds. */
  readonly cpu: number;
  /** How long it has been runnable without a processor, nanoseconds. */
  readonly delay: number;
}

const text = Buffer.alloc(128);
// The link is resolved when it is opened: the thread that loads this module.
const schedstat = openSync("/proc/thread-self/schedstat", "r");

/** About 10 µs. `process.cpuUsage` makes the kernel bring the thread's own counter up to date; alone it is up to a tick old. */
export function meter(): ThreadMeter {
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  const read = readSync(schedstat, text, 0, text.length, 0);
  return {
    cpu: (user + system) * 1000,
    delay: Number(text.toString("latin1", 0, read).split(" ")[1]),
  };
}
