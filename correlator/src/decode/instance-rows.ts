import type { Header } from "@hotspan/wire";
import { mondayPartition } from "./partition.ts";
import type { SegmentWriter } from "./segment-writer.ts";

export const INSTANCE_COLUMNS: readonly string[] = [
  "ServiceName",
  "Instance",
  "ServiceVersion",
  "Environment",
  "Zone",
  "Host",
  "Pid",
  "Runtime",
  "AgentVersion",
  "Resource",
  "LastSeen",
];

/** What a row takes of a window's header. */
export type InstanceFacts = Pick<Header, "instance" | "resource">;

/** `service.name`, or `""` as the Collector writes a missing one. */
export function serviceOf(header: InstanceFacts): string {
  return header.resource["service.name"] ?? "";
}

export function versionOf(header: InstanceFacts): string {
  return header.resource["service.version"] ?? "";
}

/** `profile_instances`: who sampled. `recordMs` becomes LastSeen. */
export function writeInstance(to: SegmentWriter, header: InstanceFacts, recordMs: number): void {
  const { out } = to;
  const { resource } = header;
  const first = (...keys: readonly string[]): string => {
    for (const key of keys) {
      const value = resource[key];
      if (value !== undefined && value !== "") return value;
    }
    return "";
  };
  const pid = Number(first("process.pid"));
  out.string(serviceOf(header));
  out.string(header.instance);
  out.string(versionOf(header));
  out.string(first("deployment.environment.name", "deployment.environment"));
  out.string(first("cloud.availability_zone"));
  out.string(first("host.name"));
  out.u32(Number.isInteger(pid) && pid >= 0 && pid <= 0xffff_ffff ? pid : 0);
  out.string([first("process.runtime.name"), first("process.runtime.version")].join(" ").trim());
  // Empty for the process of another profiler: it has no agent of ours, so nobody waits for its windows.
  out.string(first("hotspan.agent.version"));
  out.stringMap(resource);
  out.u32(Math.floor(recordMs / 1000));
  to.row(mondayPartition(recordMs), recordMs);
}
