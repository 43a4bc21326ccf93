import { readFileSync } from "node:fs";
import type { Cgroup } from "@hotspan/wire";

/** CPU limits and throttling of the container, as the kernel counts them since it was made. */
export interface CgroupCounters {
  readonly version: 1 | 2;
  /** 0: unlimited. Microseconds. */
  readonly quotaMicros: number;
  readonly periodMicros: number;
  readonly nrThrottled: number;
  readonly throttledMicros: number;
}

export type ReadText = (path: string) => string | undefined;

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/**
 * The files of this process's cgroup. Inside a container the path from /proc/self/cgroup often belongs to the host's view:
 * then the root of the mounted hierarchy is ours.
 */
export function cgroupReader(read: ReadText = readText): () => CgroupCounters | undefined {
  const lines = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  const unified = lines.find(([id, controllers]) => id === "0" && controllers === "")?.[2];
  const legacy = lines.find(([, controllers]) => controllers?.split(",").includes("cpu") === true)?.[2];
  const folders = [
    ...(unified === undefined ? [] : [`/sys/fs/cgroup${unified}`, "/sys/fs/cgroup"]),
    ...(legacy === undefined
      ? []
      : ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"].flatMap((mount) => [
          `${mount}${legacy}`,
          mount,
        ])),
  ].map((folder) => folder.replace(/\/+$/, ""));
  const folder = folders.find((candidate) => read(`${candidate}/cpu.stat`) !== undefined);
  if (folder === undefined) return () => undefined;
  const stat = (): string | undefined => read(`${folder}/cpu.stat`);
  // A file that is not there costs an error each time, so only those of the version that is.
  if (read(`${folder}/cpu.cfs_quota_us`) === undefined)
    return () => parseCgroup(stat(), read(`${folder}/cpu.max`));
  return () =>
    parseCgroup(stat(), undefined, {
      quota: read(`${folder}/cpu.cfs_quota_us`),
      period: read(`${folder}/cpu.cfs_period_us`),
    });
}

/** v2: `cpu.stat` and `cpu.max` ("max 100000"); v1: `cpu.stat` in nanoseconds and two files for the quota (-1: none). */
export function parseCgroup(
  stat: string | undefined,
  max: string | undefined,
  legacy: { readonly quota: string | undefined; readonly period: string | undefined } = {
    quota: undefined,
    period: undefined,
  },
): CgroupCounters | undefined {
  if (stat === undefined) return undefined;
  const values = new Map<string | undefined, string | undefined>(
    stat.split("\n").map((line) => [line.split(" ")[0], line.split(" ")[1]]),
  );
  const field = (name: string): number | undefined => natural(values.get(name));
  const nrThrottled = field("nr_throttled");
  // A v2 root or a cgroup without the cpu controller has cpu.stat, but nothing about throttling.
  if (nrThrottled === undefined) return undefined;
  const nanos = field("throttled_time");
  if (nanos !== undefined && max === undefined)
    return {
      version: 1,
      quotaMicros: natural(legacy.quota) ?? 0,
      periodMicros: natural(legacy.period) ?? 0,
      nrThrottled,
      throttledMicros: Math.round(nanos / 1000),
    };
  const [quota, period] = (max ?? "").trim().split(" ");
  return {
    version: 2,
    quotaMicros: natural(quota) ?? 0,
    periodMicros: natural(period) ?? 0,
    nrThrottled,
    throttledMicros: field("throttled_usec") ?? 0,
  };
}

function natural(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** What the counters grew by between the two edges of a window; a group that was made anew counts from 0 again. */
export function cgroupGrowth(
  from: CgroupCounters | undefined,
  to: CgroupCounters | undefined,
): Cgroup | undefined {
  if (from === undefined || to === undefined) return undefined;
  return {
    ...to,
    nrThrottled: Math.max(0, to.nrThrottled - from.nrThrottled),
    throttledMicros: Math.max(0, to.throttledMicros - from.throttledMicros),
  };
}
