import { api } from "../contract.ts";
import { readLaneSpans } from "../db/lane-spans.ts";
import { readTraceSlim } from "../db/slim-spans.ts";
import { readTracesCore, type SpanCore, treeOf } from "../db/spans.ts";
import type { Caller } from "../db/store.ts";
import { settledNano } from "../db/settled.ts";
import { ApiError } from "../errors.ts";
import { SETTLED_NANO, sendJson } from "../http/answer.ts";
import { ledgerAnswer, timelineAnswer } from "../ledger/answer.ts";
import { toLedgerSpans } from "../ledger/spans.ts";
import { callerOf } from "../params/caller.ts";
import { criticalPath } from "../trace/critical-path.ts";
import { descendants, rootOf } from "../trace/tree.ts";
import type { Delayed } from "../types.ts";
import type { App, Context } from "./context.ts";
import { frameResolver, gather, hostsOf } from "./ledger-input.ts";

export function ledgerRoutes(app: App, context: Context): void {
  const { settings, store, ledgers } = context;

  const settled = (...cores: readonly SpanCore[]): boolean =>
    cores.every(
      (core) =>
        core.startUnixNano + BigInt(core.durationNano) + SETTLED_NANO < BigInt(settings.now()) * 1_000_000n,
    );

  /** The span and all below it; throws `span_not_found`. */
  async function subtree(
    caller: Caller,
    traceId: string,
    spanId: string,
  ): Promise<{ readonly span: SpanCore; readonly cores: readonly SpanCore[] }> {
    const all = await readTraceSlim(store, caller, traceId, settledNano(settings.now()));
    const { tree } = treeOf(all);
    const at = tree.byId.get(spanId);
    if (at === undefined)
      throw new ApiError("span_not_found", `Span ${spanId} of trace ${traceId} is not stored.`);
    return { span: all[at]!, cores: descendants(tree, at).map((index) => all[index]!) };
  }

  app.route({
    ...api.spanLedger,
    handler: async (request, reply) => {
      const { traceId, spanId } = request.params;
      const caller = callerOf(request, reply);
      const { span, cores } = await subtree(caller, traceId, spanId);
      const { input, stateOf } = await gather(context, caller, traceId, cores, [span]);
      const computed = await ledgers.run(
        { ...input, kind: "span", subject: { traceId, spanId } },
        frameResolver(context, caller),
      );
      const { state, retryAfterMs } = await stateOf(computed.state, span);
      return sendJson(request, reply, ledgerAnswer(computed, state, retryAfterMs), settled(span));
    },
  });

  app.route({
    ...api.traceLedger,
    handler: async (request, reply) => {
      const { traceId } = request.params;
      const caller = callerOf(request, reply);
      const cores = await readTraceSlim(store, caller, traceId, settledNano(settings.now()));
      const { tree } = treeOf(cores);
      const root = cores[rootOf(tree) ?? -1];
      if (root === undefined) throw new ApiError("trace_not_found", `No span of trace ${traceId} is stored.`);
      const path = [...new Set(criticalPath(tree).map(({ span }) => cores[span]!))];
      const { input, stateOf } = await gather(context, caller, traceId, cores, path);
      const computed = await ledgers.run(
        { ...input, kind: "trace", subject: { traceId, spanId: root.spanId } },
        frameResolver(context, caller),
      );
      const { state, retryAfterMs } = await stateOf(computed.state, root);
      const answer = ledgerAnswer(computed, state, retryAfterMs);
      return sendJson(request, reply, answer, settled(...cores) && tree.complete);
    },
  });

  app.route({
    ...api.timeline,
    handler: async (request, reply) => {
      const { traceId, spanId } = request.params;
      const { padMs = 50 } = request.query;
      const caller = callerOf(request, reply);
      const { span, cores } = await subtree(caller, traceId, spanId);
      const pad = BigInt(Math.round(padMs * 1e6));
      const { input, stateOf } = await gather(context, caller, traceId, cores, [span], pad);
      const computed = await ledgers.run(
        { ...input, kind: "timeline", subject: { traceId, spanId }, padMs },
        frameResolver(context, caller),
      );
      const { state, retryAfterMs } = await stateOf(computed.state, span);
      return sendJson(request, reply, timelineAnswer(computed, state, retryAfterMs), settled(span));
    },
  });

  app.route({
    ...api.delayed,
    handler: async (request, reply) => {
      const { traceId, spanId } = request.params;
      const caller = callerOf(request, reply);
      const { span, cores } = await subtree(caller, traceId, spanId);
      const { input } = await gather(context, caller, traceId, cores, [span]);
      const own = input.spans.find((one) => one.spanId === spanId)!;
      if (own.instance === null || own.thread === null) {
        const nobody: Delayed = { delayed: [], nano: 0 };
        return sendJson(request, reply, nobody, settled(span));
      }
      const end = span.startUnixNano + BigInt(span.durationNano);
      const lane = { service: span.service, instance: own.instance, thread: own.thread };
      const around = await readLaneSpans(store, caller, lane, span.startUnixNano, end);
      const traces = await readTracesCore(
        store,
        caller,
        around.traceIds.filter((other) => other !== traceId),
        around.from,
        end,
      );
      const others = [...traces].flatMap(([other, list]) => toLedgerSpans(other, list));
      const computed = await ledgers.run(
        {
          ...input,
          kind: "delayed",
          spans: [...input.spans, ...others],
          hosts: new Map([...input.hosts, ...[...traces.values()].flatMap((list) => [...hostsOf(list)])]),
          subject: { traceId, spanId },
          others: around.spans.filter((one) => traces.has(one.traceId)),
        },
        frameResolver(context, caller),
      );
      const answer: Delayed = { delayed: computed.delayed.map((one) => ({ ...one })), nano: computed.nano };
      return sendJson(request, reply, answer, settled(span));
    },
  });
}
