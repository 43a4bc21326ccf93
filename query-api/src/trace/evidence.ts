import { bestCoverage, type Coverage, coverage, type WindowFact } from "./coverage.ts";
import { deadlineOf, type StateFacts } from "./state.ts";

/** A process with an agent. */
export interface AgentProcess {
  readonly instance: string;
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly unsupported: boolean;
}

/** What of a span decides about its state. */
export interface EvidenceSpan {
  readonly service: string;
  readonly instance: string | undefined;
  readonly thread: number | undefined;
  readonly host: string;
  readonly pid: number | undefined;
  readonly startUnixNano: bigint;
  readonly durationNano: number;
  readonly unsupported: boolean;
}

export interface Evidence {
  readonly agents: readonly AgentProcess[];
  /** Windows by `instance/thread`, each list by start. */
  readonly lanes: ReadonlyMap<string, readonly WindowFact[]>;
  readonly retentionNano: number;
  readonly nowNano: number;
}

export type Judged = Omit<StateFacts, "samples"> & { readonly deadlineNano: number };

export interface Suspects {
  readonly agent: StateFacts["agent"];
  readonly instances: readonly string[];
}

/** Of a service of thousands of processes, some stand for all when a span does not say which one ran it. */
const MAX_SUSPECTS = 50;

// Spans of one process share the answer, and a trace may have 100,000 of them.
const known = new WeakMap<readonly AgentProcess[], Map<string, Suspects>>();

/** Which processes may have run the span: the one it names, else those of its host and pid, else those of its service. */
export function suspects(span: EvidenceSpan, agents: readonly AgentProcess[]): Suspects {
  if (span.instance !== undefined) return { agent: "process", instances: [span.instance] };
  let memo = known.get(agents);
  if (memo === undefined) known.set(agents, (memo = new Map()));
  const key = `${span.service}\0${span.host}\0${span.pid ?? ""}`;
  let found = memo.get(key);
  if (found === undefined) memo.set(key, (found = search(span, agents)));
  return found;
}

function search(span: EvidenceSpan, agents: readonly AgentProcess[]): Suspects {
  const inService = agents.filter((one) => one.service === span.service);
  if (inService.length === 0) return { agent: "none", instances: [] };
  const names = (list: readonly AgentProcess[]): string[] =>
    list.slice(0, MAX_SUSPECTS).map((one) => one.instance);
  if (span.host === "" || span.pid === undefined) return { agent: "service", instances: names(inService) };
  const same = inService.filter((one) => one.host === span.host && one.pid === span.pid);
  return same.length > 0 ? { agent: "process", instances: names(same) } : { agent: "other", instances: [] };
}

export function judge(span: EvidenceSpan, evidence: Evidence, lanesOf = laneIndex(evidence)): Judged {
  const { agent, instances } = suspects(span, evidence.agents);
  const start = Number(span.startUnixNano);
  const end = start + span.durationNano;
  const found: Coverage[] = [];
  for (const instance of instances) {
    if (span.thread !== undefined) {
      found.push(coverage(start, end, evidence.lanes.get(`${instance}/${span.thread}`) ?? []));
      continue;
    }
    for (const windows of lanesOf.get(instance) ?? []) found.push(coverage(start, end, windows));
  }
  const best = bestCoverage(found);
  const deadlineNano = deadlineOf(end, best.windowNano);
  const windowsPlatform =
    instances.length > 0 && evidence.agents.some((one) => one.unsupported && one.instance === instances[0]);
  return {
    agent,
    unsupported: span.unsupported || windowsPlatform,
    expired: end < evidence.nowNano - evidence.retentionNano,
    due: evidence.nowNano < deadlineNano,
    durationNano: span.durationNano,
    coverage: best,
    deadlineNano,
  };
}

/** The lanes of each instance, for spans that name no thread. */
export function laneIndex(evidence: Evidence): ReadonlyMap<string, readonly (readonly WindowFact[])[]> {
  const index = new Map<string, (readonly WindowFact[])[]>();
  for (const [lane, windows] of evidence.lanes) {
    const instance = lane.slice(0, lane.indexOf("/"));
    const list = index.get(instance);
    if (list === undefined) index.set(instance, [windows]);
    else list.push(windows);
  }
  return index;
}
