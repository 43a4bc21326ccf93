// The order of the table. Pure.
import type { Agent } from "../api/types.ts";
import { toUnixMs } from "../lib/time.ts";
import type { FleetColumn } from "../state/fleet.ts";
import { agentState, agentStates, modeWords } from "./judge.ts";

type Key = string | number;

/** `first`: which end of a column is the worse one, and so comes first; of names, a. */
const columns: Readonly<
  Record<FleetColumn, readonly [first: "lowest" | "highest", key: (agent: Agent, nowMs: number) => Key]>
> = {
  state: ["lowest", (agent, nowMs) => agentStates.indexOf(agentState(agent, nowMs))],
  service: ["lowest", (agent) => `${agent.service} ${agent.version}`],
  host: ["lowest", (agent) => agent.host],
  agent: ["lowest", (agent) => `${agent.agentVersion} ${agent.node}`],
  mode: ["lowest", modeWords],
  coverage: ["lowest", (agent) => agent.coverage],
  windows: ["highest", (agent) => agent.droppedWindows],
  ticks: ["highest", (agent) => agent.lostTicks],
  labels: ["highest", (agent) => agent.droppedSamples],
  stall: ["highest", (agent) => agent.stallMaxNano],
  cpu: ["highest", (agent) => agent.cpuShare],
  seen: ["lowest", (agent) => toUnixMs(agent.lastSeenUnixNano)],
};

/** `other`: the better end first. */
export const direction = (column: FleetColumn, other: boolean): "ascending" | "descending" =>
  (columns[column][0] === "lowest") === other ? "descending" : "ascending";

const names = new Intl.Collator("en", { numeric: true });
const compare = (a: Key, b: Key): number =>
  typeof a === "number" && typeof b === "number" ? a - b : names.compare(String(a), String(b));

/** Equals stay in the order of the API: by service, instance, thread. */
export function sortAgents(
  agents: readonly Agent[],
  column: FleetColumn,
  other: boolean,
  nowMs: number,
): readonly Agent[] {
  const [, key] = columns[column];
  const sign = direction(column, other) === "ascending" ? 1 : -1;
  return agents.toSorted((a, b) => sign * compare(key(a, nowMs), key(b, nowMs)));
}
