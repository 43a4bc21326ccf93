import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cgroupGrowth, cgroupReader, parseCgroup } from "./cgroup.ts";

const V2_STAT = `usage_usec 29484838
user_usec 20364112
system_usec 9120725
nr_periods 1200
nr_throttled 37
throttled_usec 1843211
nr_bursts 0
burst_usec 0
`;
const V1_STAT = "nr_periods 1200\nnr_throttled 37\nthrottled_time 1843211999\n";

test("v2 with a quota", () => {
  expect(parseCgroup(V2_STAT, "150000 100000\n")).toEqual({
    version: 2,
    quotaMicros: 150_000,
    periodMicros: 100_000,
    nrThrottled: 37,
    throttledMicros: 1_843_211,
  });
});

test("v2 without a quota", () => {
  expect(parseCgroup(V2_STAT, "max 100000\n")).toMatchObject({ quotaMicros: 0, periodMicros: 100_000 });
});

test("v1 counts in nanoseconds, and -1 is no quota", () => {
  expect(parseCgroup(V1_STAT, undefined, { quota: "-1\n", period: "100000\n" })).toEqual({
    version: 1,
    quotaMicros: 0,
    periodMicros: 100_000,
    nrThrottled: 37,
    throttledMicros: 1_843_212,
  });
});

test("a cgroup without the cpu controller says nothing", () => {
  expect(parseCgroup("usage_usec 29484838\nuser_usec 20364112\n", "max 100000")).toBeUndefined();
  expect(parseCgroup(undefined, undefined)).toBeUndefined();
  expect(parseCgroup("", "")).toBeUndefined();
});

const reader = (files: Record<string, string>) => cgroupReader((path) => files[path]);

test("finds its own group, else the root of the mount", () => {
  const own = {
    "/proc/self/cgroup": "0::/kubepods/pod1/c1\n",
    "/sys/fs/cgroup/kubepods/pod1/c1/cpu.stat": V2_STAT,
    "/sys/fs/cgroup/kubepods/pod1/c1/cpu.max": "50000 100000",
    "/sys/fs/cgroup/cpu.stat": V2_STAT,
  };
  expect(reader(own)()).toMatchObject({ version: 2, quotaMicros: 50_000 });
  const container = {
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/cpu.stat": V2_STAT,
    "/sys/fs/cgroup/cpu.max": "200000 100000",
  };
  expect(reader(container)()).toMatchObject({ version: 2, quotaMicros: 200_000 });
  const legacy = {
    "/proc/self/cgroup": "12:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n",
    "/sys/fs/cgroup/cpu/cpu.stat": V1_STAT,
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  };
  expect(reader(legacy)()).toMatchObject({ version: 1, quotaMicros: 400_000, nrThrottled: 37 });
});

test("without cgroups there is nothing to read", () => {
  expect(reader({})()).toBeUndefined();
  expect(reader({ "/proc/self/cgroup": "garbage" })()).toBeUndefined();
});

/** A recorded machine: its files lie below a folder of `fixtures`. */
const recorded = (name: string) =>
  cgroupReader((path) => {
    try {
      return readFileSync(join(import.meta.dirname, "fixtures", name, path), "utf8");
    } catch {
      return undefined;
    }
  })();

test("a window says how long its process was throttled: recorded files of v1", () => {
  expect(cgroupGrowth(recorded("v1-before"), recorded("v1-after"))).toEqual({
    version: 1,
    quotaMicros: 25_000,
    periodMicros: 100_000,
    nrThrottled: 20,
    throttledMicros: 953_310,
  });
});

test("a window says how long its process was throttled: files of v2", () => {
  expect(cgroupGrowth(recorded("v2-before"), recorded("v2-after"))).toEqual({
    version: 2,
    quotaMicros: 150_000,
    periodMicros: 100_000,
    nrThrottled: 24,
    throttledMicros: 1_086_907,
  });
});

test("counters that began anew are no negative growth, and one edge alone tells nothing", () => {
  expect(cgroupGrowth(recorded("v2-after"), recorded("v2-before"))).toMatchObject({
    nrThrottled: 0,
    throttledMicros: 0,
  });
  expect(cgroupGrowth(undefined, recorded("v2-after"))).toBeUndefined();
});
