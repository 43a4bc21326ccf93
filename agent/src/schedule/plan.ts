import type { Mode } from "@hotspan/wire";
import type { AgentConfig } from "../config.ts";

/** Whether to sample, and how. A new object means a change. */
export interface Plan {
  readonly collect: boolean;
  readonly mode: Mode;
  readonly hz: number;
  readonly windowMillis: number;
}

/** What holds before anybody was asked. */
export function firstPlan({ mode, hz, windowMillis }: AgentConfig): Plan {
  return {
    collect: mode === "continuous",
    mode: mode === "on-demand" ? "on_demand" : mode,
    hz,
    windowMillis,
  };
}

export function samePlan(a: Plan, b: Plan): boolean {
  if (!a.collect && !b.collect) return true;
  return a.collect === b.collect && a.mode === b.mode && a.hz === b.hz && a.windowMillis === b.windowMillis;
}
