import type { LedgerSpan, SpanKind } from "@hotspan/ledger";
import { endpointsOf, type SpanCore, treeOf } from "../db/spans.ts";
import { type AgentProcess, suspects } from "../trace/evidence.ts";

const KINDS: ReadonlySet<string> = new Set(["internal", "server", "client", "producer", "consumer"]);

/**
 * The spans of a trace as the ledger takes them. A span that does not name its process gets that of a neighbour with its host
 * and pid, else of the one agent seen there; its thread is then the main one.
 */
export function toLedgerSpans(
  traceId: string,
  cores: readonly SpanCore[],
  agents: readonly AgentProcess[] = [],
): LedgerSpan[] {
  const endpoints = endpointsOf(cores, treeOf(cores).tree);
  const processes = new Map<string, string>();
  for (const core of cores)
    if (core.instance !== undefined && core.pid !== undefined) processes.set(processKey(core), core.instance);
  return cores.map((core, i) => {
    const instance = core.instance ?? assumed(core, processes, agents);
    return {
      traceId,
      spanId: core.spanId,
      parentSpanId: core.parentSpanId === "" ? null : core.parentSpanId,
      service: core.service,
      instance: instance ?? null,
      thread: instance === undefined ? null : (core.thread ?? 0),
      name: core.name,
      kind: KINDS.has(core.kind) ? (core.kind as SpanKind) : "unspecified",
      endpoint: endpoints[i] ?? null,
      startUnixNano: core.startUnixNano,
      durationNano: core.durationNano,
      attributes: core.attributes,
    };
  });
}

const processKey = ({ service, host, pid }: SpanCore): string => `${service}\0${host}\0${pid ?? ""}`;

function assumed(
  core: SpanCore,
  processes: ReadonlyMap<string, string>,
  agents: readonly AgentProcess[],
): string | undefined {
  if (core.pid === undefined || core.host === "") return undefined;
  const near = processes.get(processKey(core));
  if (near !== undefined) return near;
  const { agent, instances } = suspects(core, agents);
  return agent === "process" && instances.length === 1 ? instances[0] : undefined;
}
