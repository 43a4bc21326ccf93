// What the figures of an agent mean, in words. Pure.
import type { Agent, Ingest } from "../api/types.ts";
import { count, counted, duration, percent } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";

/** In the order of attention. */
export const agentStates = ["windows", "ticks", "silent", "resting", "sampling"] as const;
export type AgentState = (typeof agentStates)[number];

export const stateWords: Readonly<Record<AgentState, string>> = {
  windows: "Loses windows",
  ticks: "Loses ticks",
  silent: "Silent",
  resting: "Not its turn",
  sampling: "Sampling",
};

/** The budget may make windows 60 s long, and they take a few seconds to arrive. */
const silentMs = 90_000;
/** What is lost below this is told as a number and no more. */
const leastCoverage = 0.95;

/** Those sampled in turn are silent between their turns, and nothing tells that from an end. */
export function agentState(agent: Agent, nowMs: number): AgentState {
  if (nowMs - toUnixMs(agent.lastSeenUnixNano) > silentMs)
    return agent.schedule === "amortised" || agent.schedule === "on_demand" ? "resting" : "silent";
  if (agent.coverage >= leastCoverage) return "sampling";
  return agent.droppedWindows > 0 ? "windows" : "ticks";
}

export const losesData = (state: AgentState): boolean => state === "windows" || state === "ticks";
/** A process that ended falls silent as well. */
export const needsAttention = (state: AgentState): boolean => losesData(state) || state === "silent";

export interface Counted {
  readonly agents: number;
  readonly services: number;
  readonly processes: number;
  readonly of: Readonly<Record<AgentState, number>>;
}

export function countAgents(agents: readonly Agent[], nowMs: number): Counted {
  const of = { windows: 0, ticks: 0, silent: 0, resting: 0, sampling: 0 };
  for (const agent of agents) of[agentState(agent, nowMs)]++;
  return {
    agents: agents.length,
    services: new Set(agents.map((agent) => agent.service)).size,
    processes: new Set(agents.map((agent) => agent.instance)).size,
    of,
  };
}

/** The sentence the page opens with. */
export function fleetSentence({ agents, services, of }: Counted): string {
  const lossy = of.windows + of.ticks;
  const live = agents - of.silent;
  const where = services === 1 ? "in one service" : `in ${count(services)} services`;
  const first = `${counted(live, "thread")} ${where} ${live === 1 ? "is" : "are"} sampled`;
  const parts = [
    lossy > 0 ? `${count(lossy)} of them ${lossy === 1 ? "loses" : "lose"} data` : "",
    of.silent > 0 ? `${count(of.silent)} fell silent` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? `${first}, none loses data.` : `${first}; ${parts.join(", ")}.`;
}

export interface IngestWords {
  readonly words: string;
  readonly bad: boolean;
}

/** Agents send every 10 s and correlators store within a second: what waits this long is stuck. */
const stuckMs = 30_000;

export function ingestWords({ lagMessages, lagMs }: Ingest): IngestWords {
  if (lagMessages === null || lagMs === null)
    return { words: "No correlator has told of itself for 30 s: nothing may be stored.", bad: true };
  if (lagMessages === 0) return { words: "Ingest keeps up: nothing waits to be stored.", bad: false };
  const waits = `${counted(lagMessages, "record waits", "records wait")} to be stored, the oldest for ${duration(lagMs * 1e6)}`;
  return lagMs >= stuckMs
    ? { words: `Ingest is behind: ${waits}.`, bad: true }
    : { words: `Ingest keeps up: ${waits}.`, bad: false };
}

/** `slow_only, amortised` where one does not tell the other. */
export function modeWords({ mode, schedule }: Agent): string {
  const words = (text: string): string => text.replaceAll("_", " ");
  return schedule === "" || schedule === mode ? words(mode) : `${words(mode)}, ${words(schedule)}`;
}

/** Never 100 % where something is missing. */
export const coverageWords = (coverage: number): string =>
  percent(coverage === 1 ? 1 : Math.min(coverage, 0.999));
