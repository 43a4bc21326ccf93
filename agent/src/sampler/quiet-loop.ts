import { join } from "node:path";
import { describe, warnOnce } from "../log.ts";
import { packageRoot, requireHere } from "../package-root.ts";

interface QuietAddon {
  /** 0, or a negative libuv error code. */
  block(): number;
}

/**
 * Keeps SIGPROF out of this thread's poll phase, see addon/quiet.c. True if it does now. Without it an idle process shows
 * an event loop utilisation of 0.93 instead of 0.
 */
export function quietLoop(): boolean {
  // libuv promises a stable interface within a major version.
  if (!process.versions.uv.startsWith("1.")) return unavailable(`libuv ${process.versions.uv} is unknown`);
  try {
    const file = join(packageRoot, "prebuilds", `${process.platform}-${process.arch}`, "quiet.node");
    const status = (requireHere(file) as QuietAddon).block();
    return status === 0 || unavailable(`libuv refused (${status})`);
  } catch (error) {
    return unavailable(describe(error));
  }
}

function unavailable(reason: string): false {
  warnOnce(
    "HOTSPAN_AGENT_QUIET_LOOP_UNAVAILABLE",
    `no quiet loop here: eventLoopUtilization() reads too high while sampling, and the ledger is coarser: ${reason}`,
  );
  return false;
}
