import type { DropReason } from "../transport/sender.ts";
import { type Cost, COST_PARTS } from "../watchdog/cost.ts";
import type { WindowFacts } from "./window-facts.ts";

export type AgentState = "collecting" | "backed off" | "off";

export type WindowDropReason = DropReason | "loop too busy" | "too large";

/** What the agent of one thread has done since it began: a fixed number of counters. */
export class Tally {
  state: AgentState = "off";
  labelled = 0;
  unlabelled = 0;
  idle = 0;
  lostTicks = 0;
  droppedBytes = 0;
  /** Windows that never came to be messages. */
  unsent = 0;
  readonly cpuNanos: Record<keyof Cost, number> = {
    sampler: 0,
    ticks: 0,
    labels: 0,
    journal: 0,
    windows: 0,
    maps: 0,
    sending: 0,
  };
  /** Of the latest window. */
  last: (WindowFacts & { readonly cpuShare: number }) | undefined;

  window(facts: WindowFacts, cost: Cost, cpuShare: number): void {
    this.labelled += facts.labelled;
    this.unlabelled += facts.unlabelled;
    this.idle += facts.idle;
    this.lostTicks += facts.lostTicks;
    for (const part of COST_PARTS) this.cpuNanos[part] += cost[part];
    this.last = { ...facts, cpuShare };
  }
}
