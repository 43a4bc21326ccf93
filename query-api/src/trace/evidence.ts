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

/** Which processes may have run the span: the one it names, else those of its host and pid, else all of its service. */
export function suspects(
  span: EvidenceSpan,
  agents: readonly AgentProcess[],
): { readonly agent: StateFacts["agent"]; readonly instances: readonly string[] } {
  if (span.instance !== undefined) return { agent: "process", instances: [span.instance] };
  const inService = agents.filter((one) => one.service === span.service);
  if (inService.length === 0) return { agent: "none", instances: [] };
  if (span.host !== "" && span.pid !== undefined) {
    const same = inService.filter((one) => one.host === span.host && one.pid === span.pid);
    return same.length > 0
      ? { agent: "process", instances: same.map((one) => one.instance) }
      : { agent: "other", instances: [] };
  }
  return { agent: "service", instances: inService.map((one) => one.instance) };
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
