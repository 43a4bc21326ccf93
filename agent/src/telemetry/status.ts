import { readFileSync, readlinkSync } from "node:fs";
import type { Warning } from "../log.ts";
import type { SenderCounts } from "../transport/sender.ts";
import type { ShownConfig } from "./shown-config.ts";
import type { AgentState } from "./tally.ts";

/** What `hotspan doctor --pid` reads: one thread's agent. Fields are added, never changed. */
export interface AgentStatus {
  readonly format: 1;
  readonly pid: number;
  /** Tells the process from a later one with the same pid: boot id and start time. Linux only. */
  readonly processMark: string | undefined;
  /** The pid means something only where this is the same. Linux only. */
  readonly pidNamespace: string | undefined;
  readonly threadId: number;
  readonly threadName: string;
  readonly instance: string;
  readonly node: string;
  readonly agent: string;
  readonly agentPath: string;
  readonly service: string | undefined;
  readonly startedEpochMillis: number;
  readonly updatedEpochMillis: number;
  readonly state: AgentState;
  /** Why it is off or backed off. */
  readonly because: string | undefined;
  /** How it samples now. */
  readonly hz: number;
  readonly windowMillis: number;
  readonly journal: boolean;
  readonly quietLoop: boolean;
  readonly labels: "frame" | "hooks" | "with";
  readonly destination: string | undefined;
  readonly windows: Readonly<SenderCounts> & { readonly taken: number };
  readonly queueBytes: number;
  readonly droppedBytes: number;
  /** Of the latest window. */
  readonly cpuShare: number | undefined;
  readonly stallMillis: number | undefined;
  /** Of all samples of running code. */
  readonly labelledShare: number | undefined;
  readonly lostTicks: number;
  readonly lastError: Warning | undefined;
  readonly otherProfiler: string | undefined;
  readonly config: ShownConfig;
}

/** Start time in clock ticks since boot (field 22 of /proc/PID/stat), and the boot. */
export function processMark(): string | undefined {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}

export function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}
