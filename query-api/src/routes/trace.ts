import { api, root } from "../contract.ts";
import { readEvidence } from "../db/evidence.ts";
import { countTraceSamples } from "../db/samples.ts";
import { endpointsOf, readTrace, treeOf } from "../db/spans.ts";
import { ApiError } from "../errors.ts";
import { SETTLED_NANO, sendJson } from "../http/answer.ts";
import { REDACTED } from "../redaction.ts";
import { callerOf } from "../params/caller.ts";
import { criticalPath } from "../trace/critical-path.ts";
import { judge, laneIndex } from "../trace/evidence.ts";
import { profileState } from "../trace/state.ts";
import { subtreeSums } from "../trace/tree.ts";
import type { Trace } from "../types.ts";
import type { App, Context } from "./context.ts";

export function traceRoutes(app: App, { settings, store, retention }: Context): void {
  app.route({
    ...api.trace,
    handler: async (request, reply) => {
      const { traceId } = request.params;
      const caller = callerOf(request, reply);
      const [details, counts] = await Promise.all([
        readTrace(store, caller, traceId),
        countTraceSamples(store, caller, traceId),
      ]);
      if (details.length === 0)
        throw new ApiError("trace_not_found", `No span of trace ${traceId} is stored.`);
      const cores = details.map((one) => one.core);
      const { tree, origin } = treeOf(cores);
      const now = settings.now();
      const evidence = await readEvidence(store, caller, retention, cores, now, traceId);
      const lanes = laneIndex(evidence);
      const { redaction } = settings;
      const shown = (of: Readonly<Record<string, string>>) => redaction.attributes(of);
      const message = (text: string): string => (redaction.hides("status.message") ? REDACTED : text);
      const own = cores.map((core) => counts.get(core.spanId) ?? 0);
      const sums = subtreeSums(tree, own);
      const endpoints = endpointsOf(cores, tree);
      let end = 0;
      for (const span of tree.spans) end = Math.max(end, span.end);
      const answer: Trace = {
        traceId,
        startUnixNano: String(origin),
        durationNano: end,
        complete: tree.complete,
        criticalPath: criticalPath(tree).map((segment) => ({
          spanId: cores[segment.span]!.spanId,
          startUnixNano: String(origin + BigInt(segment.start)),
          durationNano: segment.end - segment.start,
        })),
        spans: details.map((detail, index) => {
          const { core } = detail;
          return {
            spanId: core.spanId,
            parentSpanId: core.parentSpanId === "" ? null : core.parentSpanId,
            service: core.service,
            instance: core.instance ?? null,
            thread: core.thread ?? null,
            name: core.name,
            kind: core.kind,
            endpoint: endpoints[index]!,
            startUnixNano: String(core.startUnixNano),
            durationNano: core.durationNano,
            status: detail.status,
            ...(detail.statusMessage === "" ? {} : { statusMessage: message(detail.statusMessage) }),
            attributes: shown(core.attributes),
            resource: shown(core.resource),
            events: detail.events.map((one) => ({ ...one, attributes: shown(one.attributes) })),
            links: detail.links.map((one) => ({ ...one, attributes: shown(one.attributes) })),
            profile: {
              state: profileState({ ...judge(core, evidence, lanes), samples: own[index]! }),
              selfSamples: own[index]!,
              subtreeSamples: sums[index]!,
            },
          };
        }),
      };
      const settled = origin + BigInt(end) + SETTLED_NANO < BigInt(now) * 1_000_000n;
      return sendJson(request, reply, answer, settled && tree.complete);
    },
  });
}

/** Deep links from other tools: the UI's path may change, this one does not. */
export function openRoute(app: App, basePath: string): void {
  const stored = (id: string, digits: number): string => id.toLowerCase().padStart(digits, "0");
  app.route({
    ...root.open,
    handler: async ({ params: { traceId, spanId } }, reply) =>
      reply.redirect(`${basePath}/trace/${stored(traceId, 32)}/span/${stored(spanId, 16)}`, 302),
  });
  app.route({
    ...root.openTrace,
    handler: async ({ params: { traceId } }, reply) =>
      reply.redirect(`${basePath}/trace/${stored(traceId, 32)}`, 302),
  });
}
