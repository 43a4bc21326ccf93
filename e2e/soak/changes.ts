import type { AgentOptions } from "@hotspan/agent";

/** One change of a running agent: it is stopped, and started anew with these options. */
export interface Change {
  readonly name: string;
  readonly options: AgentOptions;
}

const usual: AgentOptions = { windowMillis: 1000, labels: ["tenant"] };

/** All of them, one after the other, make a cycle. Each is a way to sample that has resources of its own to give back. */
export const CHANGES: readonly Change[] = [
  { name: "as usual", options: usual },
  { name: "denser", options: { ...usual, hz: 500 } },
  { name: "sparser, longer windows", options: { ...usual, hz: 19, windowMillis: 3000 } },
  { name: "in turn", options: { ...usual, mode: "amortised" } },
  { name: "on demand", options: { ...usual, mode: "on-demand" } },
  { name: "slow requests in detail", options: { ...usual, detail: "slow", slowMillis: 5 } },
  { name: "heap in use", options: { ...usual, heap: true, heapIntervalBytes: 65_536 } },
  { name: "allocations", options: { ...usual, allocations: true } },
  { name: "near the heap's limit", options: { ...usual, oom: true } },
  { name: "neither journal nor maps", options: { ...usual, journal: false, sourceMaps: false } },
  { name: "above its budget", options: { ...usual, hz: 997, windowMillis: 500, budget: "0.5%,5ms" } },
];
