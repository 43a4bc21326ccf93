// The shop's agents: most are well, one of each kind of trouble.
import type { Agent, Fleet } from "@hotspan/query-api/types";

const well = (service: string, host: number, thread: number, nowMs: number): Agent => {
  const seed = host * 7 + thread * 3 + service.length;
  return {
    instance: (seed * 2_654_435_761).toString(16).padEnd(8, "0").slice(0, 8).repeat(4),
    service,
    version: "1.1.0",
    zone: host % 2 === 0 ? "eu-1a" : "eu-1b",
    host: `node-${host}`,
    thread,
    node: "24.21.0",
    agentVersion: "0.1.0",
    mode: "continuous",
    schedule: "continuous",
    periodNano: 10_101_010,
    lastSeenUnixNano: `${nowMs - 2_000 - (seed % 9) * 1_000}000000`,
    coverage: 1,
    lostTicks: 0,
    droppedSamples: 0,
    droppedWindows: 0,
    stallMaxNano: 2_400_000 + seed * 90_000,
    cpuShare: 0.08 + (seed % 11) / 20,
  };
};

export function storyFleet(nowMs: number, service: string | null): Fleet {
  const agents = [
    well("checkout", 1, 0, nowMs),
    { ...well("checkout", 2, 0, nowMs), droppedWindows: 41, coverage: 0.883 },
    well("checkout", 3, 0, nowMs),
    { ...well("checkout", 3, 2, nowMs), mode: "slow_only" },
    { ...well("pricing", 4, 0, nowMs), lostTicks: 9_312, coverage: 0.739, droppedSamples: 12 },
    { ...well("pricing", 5, 0, nowMs), lostTicks: 210, coverage: 0.9994 },
    {
      ...well("users", 6, 0, nowMs),
      mode: "amortised",
      schedule: "amortised",
      lastSeenUnixNano: `${nowMs - 1_260_000}000000`,
    },
    { ...well("web", 7, 0, nowMs), version: "1.0.0", lastSeenUnixNano: `${nowMs - 840_000}000000` },
    well("web", 8, 0, nowMs),
  ];
  return {
    agents: agents.filter((agent) => service === null || agent.service === service),
    ingest: { lagMessages: 12, lagMs: 840, deadLetters: 3 },
  };
}
