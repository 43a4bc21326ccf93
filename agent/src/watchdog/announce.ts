import { debug, warnOnce } from "../log.ts";
import type { AgentState } from "../telemetry/tally.ts";
import type { Budget } from "./budget.ts";
import { difference, type Plan } from "./plan.ts";
import type { Change } from "./watchdog.ts";

/** Says what the watchdog did, each kind of step once; a recovery is no news. Returns what it said. */
export function announce(change: Change, budget: Budget): string {
  const { from, to, reason, cpuShare, stallMillis } = change;
  const did = difference(from, to);
  if (reason === "recovered") {
    debug(`the agent's cost fits its budget again: ${did}`);
    return did;
  }
  const excess =
    reason === "cpu"
      ? `${percent(cpuShare)} of a core, more than its budget of ${percent(budget.cpuShare)}`
      : `the loop for ${stallMillis.toFixed(0)} ms at a stretch, more than its budget of ${budget.stallMillis} ms`;
  const text = `the agent ${reason === "cpu" ? "used" : "held"} ${excess}: ${did}`;
  const rest = to.on ? "" : " until start() is called or the process starts anew";
  warnOnce("HOTSPAN_AGENT_BACKED_OFF", `${text}${rest}; HOTSPAN_BUDGET sets the limit`, stepOf(from, to));
  return text;
}

export function stateOf(plan: Plan, given: Omit<Plan, "on">): AgentState {
  if (!plan.on) return "off";
  const same =
    plan.hz === given.hz && plan.windowMillis === given.windowMillis && plan.journal === given.journal;
  return same ? "collecting" : "backed off";
}

function stepOf(from: Plan, to: Plan): string {
  if (!to.on) return "off";
  if (from.hz !== to.hz) return "rate";
  return from.journal === to.journal ? "windows" : "journal";
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
