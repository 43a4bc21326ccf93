import { join } from "node:path";
import { describe, warnOnce } from "../log.ts";
import { packageRoot, requireHere } from "../package-root.ts";

interface QuietAddon {
  /** 0, or a negative libuv error code. */
  block(): number;
  requests(): number;
  epochNanos(): bigint | undefined;
}

/** Of a loop whose idle time is true, what JavaScript cannot see. */
export interface QuietLoop {
  /** Under way: jobs of the thread pool, and writes and connects that wait; -1: not known. */
  readonly requests: () => number;
  /** The wall clock. */
  readonly epochNanos: () => bigint | undefined;
}

/**
 * Keeps SIGPROF out of this thread's poll phase, see addon/quiet.c; undefined if it cannot. Without it an idle process shows
 * an event loop utilisation of 0.93 instead of 0.
 */
export function quietLoop(): QuietLoop | undefined {
  // libuv promises a stable interface within a major version.
  if (!process.versions.uv.startsWith("1.")) return unavailable(`libuv ${process.versions.uv} is unknown`);
  try {
    const file = join(packageRoot, "prebuilds", `${process.platform}-${process.arch}`, "quiet.node");
    const addon = requireHere(file) as QuietAddon;
    const status = addon.block();
    return status === 0 ? addon : unavailable(`libuv refused (${status})`);
  } catch (error) {
    return unavailable(describe(error));
  }
}

function unavailable(reason: string): undefined {
  warnOnce(
    "HOTSPAN_AGENT_QUIET_LOOP_UNAVAILABLE",
    `no quiet loop here: eventLoopUtilization() reads too high while sampling, and the ledger is coarser: ${reason}`,
  );
  return undefined;
}
