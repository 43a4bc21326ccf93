import { api, apiBase } from "../contract.ts";
import { readEvidence } from "../db/evidence.ts";
import { keepPlaces, readPlaces, readTraceSamples, type SampleGroup } from "../db/samples.ts";
import { readTraceSlim } from "../db/slim-spans.ts";
import { endpointsOf, readTraceCore, type SpanCore, treeOf } from "../db/spans.ts";
import type { Caller } from "../db/store.ts";
import { settledNano } from "../db/settled.ts";
import { ApiError } from "../errors.ts";
import { SETTLED_NANO } from "../http/answer.ts";
import { toLedgerSpans } from "../ledger/spans.ts";
import { callerOf } from "../params/caller.ts";
import type { SampleSet } from "../profile/frames.ts";
import { type Evidence, type Judged, judge, laneIndex } from "../trace/evidence.ts";
import { profileState, retryAfterMs } from "../trace/state.ts";
import { descendants } from "../trace/tree.ts";
import type { App, Context } from "./context.ts";
import { readSpanHolds } from "./holds.ts";
import { laneRanges } from "./ledger-input.ts";
import { type OutputQuery, sendProfile, sendState } from "./profile-answer.ts";
import type { FastifyReply, FastifyRequest } from "fastify";

const HALF_HOUR_NANO = 1_800_000_000_000n;

/** The same code over the hour around, for when one span says too little. */
function aggregateUrl(basePath: string, span: SpanCore, endpoint: string | null): string {
  const params = new URLSearchParams({ service: span.service });
  if (endpoint === null) params.set("operation", span.name);
  else params.set("endpoint", endpoint);
  const ms = (nano: bigint): string => String((nano < 0n ? 0n : nano) / 1_000_000n);
  params.set("from", ms(span.startUnixNano - HALF_HOUR_NANO));
  params.set("to", ms(span.startUnixNano + BigInt(span.durationNano) + HALF_HOUR_NANO));
  return `${basePath}${apiBase}/profiles?${params.toString()}`;
}

interface Asked {
  readonly name: string;
  readonly type: "wall" | "cpu" | "loop_hold";
  /** All spans whose samples are asked for. */
  readonly spans: readonly SpanCore[];
  /** The one whose state counts when there are no samples. */
  readonly subject: SpanCore | undefined;
  readonly endpoint: string | null;
  readonly groups: readonly SampleGroup[];
  readonly traceId: string;
  /** Of these spans. */
  readonly evidence: Promise<Evidence>;
}

interface Read {
  readonly cores: readonly SpanCore[];
  readonly groups: readonly SampleGroup[];
  readonly evidence: Promise<Evidence>;
}

export function spanProfileRoutes(app: App, context: Context): void {
  const { settings, store, stacks, retention } = context;

  const evidenceOf = (caller: Caller, traceId: string, spans: readonly SpanCore[]): Promise<Evidence> => {
    const evidence = readEvidence(store, caller, retention, spans, settings.now(), traceId);
    // Whoever needs it sees the error; it is read before it is known whether someone does.
    evidence.catch(() => undefined);
    return evidence;
  };

  /**
   * A trace, its samples or those of one span, and beside them what their state is judged by. What cannot change any more and has
   * samples is ready, whatever its attributes say: then they are not read.
   * @param choose the spans that are asked for
   */
  async function read(
    caller: Caller,
    traceId: string,
    choose: (cores: readonly SpanCore[]) => readonly SpanCore[],
    spanId?: string,
  ): Promise<Read> {
    const spans = readTraceSlim(store, caller, traceId, settledNano(settings.now())).then((cores) => ({
      cores,
      evidence: evidenceOf(caller, traceId, choose(cores)),
    }));
    const [found, places] = await Promise.all([spans, readPlaces(store, caller, traceId)]);
    keepPlaces(store, traceId, places);
    const service = found.cores.find((core) => core.spanId === spanId)?.service;
    const groups = await readTraceSamples(
      store,
      caller,
      traceId,
      places,
      spanId === undefined ? undefined : { spanId, service },
    );
    const ids = new Set(choose(found.cores).map((span) => span.spanId));
    if (groups.some((group) => ids.has(group.spanId))) return { ...found, groups };
    // Nor would one be there that came since the trace was kept.
    const cores = await readTraceCore(store, caller, traceId);
    return { cores, groups, evidence: evidenceOf(caller, traceId, choose(cores)) };
  }

  /** The state is judged by the samples whatever the type. */
  async function contentOf(caller: Caller, asked: Asked): Promise<readonly SampleGroup[]> {
    if (asked.type !== "loop_hold") return asked.groups;
    const ids = new Set(asked.spans.map((span) => span.spanId));
    const ranges = laneRanges(toLedgerSpans(asked.traceId, asked.spans), asked.spans, 0n);
    return readSpanHolds(context, caller, asked.traceId, ids, ranges);
  }

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    caller: Caller,
    query: OutputQuery,
    asked: Asked,
  ): Promise<FastifyReply> {
    const now = settings.now();
    // Frames are read beside the evidence: nearly always both are needed.
    const [evidence, resolved] = await Promise.all([
      asked.evidence,
      contentOf(caller, asked).then((groups) => stacks.resolve(store, caller, groups, asked.traceId)),
    ]);
    const lanes = laneIndex(evidence);
    const samples = asked.groups.reduce((sum, group) => sum + group.samples, 0);
    const judged: Judged[] = asked.spans.map((span) => judge(span, evidence, lanes));
    const subject = asked.subject === undefined ? undefined : judge(asked.subject, evidence, lanes);
    // Someone's window may still be under way: then the sum would grow.
    const late = judged.filter((one) => profileState({ ...one, samples: 0 }) === "pending");
    const state =
      late.length > 0
        ? "pending"
        : samples > 0 || subject === undefined
          ? "ready"
          : profileState({ ...subject, samples });
    const url =
      asked.subject === undefined
        ? {}
        : { aggregateUrl: aggregateUrl(settings.basePath, asked.subject, asked.endpoint) };
    if (state === "pending") {
      const deadline = late.reduce((most, one) => Math.max(most, one.deadlineNano), 0);
      return sendState(request, reply, query, {
        state,
        retryAfterMs: retryAfterMs(now * 1e6, deadline),
        ...url,
      });
    }
    if (state !== "ready") return sendState(request, reply, query, { state, ...url });
    let start: bigint | undefined;
    let end = 0n;
    for (const span of asked.spans) {
      const stop = span.startUnixNano + BigInt(span.durationNano);
      if (start === undefined || span.startUnixNano < start) start = span.startUnixNano;
      if (stop > end) end = stop;
    }
    const from = asked.subject?.startUnixNano ?? start ?? 0n;
    const to = asked.subject === undefined ? end : from + BigInt(asked.subject.durationNano);
    return sendProfile(request, reply, query, {
      name: asked.name,
      // Of spans that are not stored it is not known when they ended.
      settled: end > 0n && end + SETTLED_NANO < BigInt(now) * 1_000_000n,
      wrap: (profile) => ({ state, ...url, profile }),
      read: async (): Promise<SampleSet> => ({
        type: asked.type,
        frames: resolved.table.frames,
        stacks: resolved.stacks,
        periodNano: Math.max(0, ...new Set(judged.map((one) => one.coverage.periodNano))),
        startUnixNano: from,
        endUnixNano: to,
        truncated: false,
      }),
    });
  }

  app.route({
    ...api.spanProfile,
    handler: async (request, reply) => {
      const { traceId, spanId } = request.params;
      const { scope = "self", type = "wall", sameThread = false } = request.query;
      const caller = callerOf(request, reply);
      const name = `span-${spanId}`;
      const missing = (): ApiError =>
        new ApiError(
          "span_not_found",
          `Neither span ${spanId} of trace ${traceId} nor samples of it are stored.`,
        );
      if (scope === "self") {
        const own = (cores: readonly SpanCore[]): SpanCore[] =>
          cores.filter((core) => core.spanId === spanId).slice(0, 1);
        const { cores, groups, evidence } = await read(caller, traceId, own, spanId);
        const [span] = own(cores);
        if (span === undefined && groups.length === 0) throw missing();
        return answer(request, reply, caller, request.query, {
          name,
          type,
          spans: span === undefined ? [] : [span],
          subject: span,
          endpoint: span === undefined || span.endpoint === "" ? null : span.endpoint,
          groups,
          traceId,
          evidence,
        });
      }
      const within = (cores: readonly SpanCore[]): SpanCore[] => {
        const { tree } = treeOf(cores);
        const at = tree.byId.get(spanId);
        const below = at === undefined ? [] : descendants(tree, at).map((index) => cores[index]!);
        return sameThread && at !== undefined ? below.filter((span) => sameLane(span, cores[at]!)) : below;
      };
      const { cores, groups: all, evidence } = await read(caller, traceId, within);
      const { tree } = treeOf(cores);
      const at = tree.byId.get(spanId);
      const below = at === undefined ? [] : descendants(tree, at).map((index) => cores[index]!);
      const ids = new Set([spanId, ...below.map((span) => span.spanId)]);
      const inScope = all.filter((group) => ids.has(group.spanId));
      const subject = at === undefined ? undefined : cores[at];
      if (subject === undefined && inScope.length === 0) throw missing();
      const groups = sameThread ? onThreadOf(subject, spanId, inScope) : inScope;
      return answer(request, reply, caller, request.query, {
        name,
        type,
        spans: within(cores),
        subject,
        endpoint: at === undefined ? null : (endpointsOf(cores, tree)[at] ?? null),
        groups,
        traceId,
        evidence,
      });
    },
  });

  app.route({
    ...api.traceProfile,
    handler: async (request, reply) => {
      const { traceId } = request.params;
      const caller = callerOf(request, reply);
      const { type = "wall", sameThread = false } = request.query;
      const { cores, groups: all, evidence } = await read(caller, traceId, (every) => every);
      if (cores.length === 0 && all.length === 0)
        throw new ApiError("trace_not_found", `Neither spans nor samples of trace ${traceId} are stored.`);
      const { tree } = treeOf(cores);
      const longest = tree.order.find((index) => tree.parent[index]! < 0);
      const subject = longest === undefined ? undefined : cores[longest];
      const groups = sameThread ? onThreadOf(subject, subject?.spanId ?? "", all) : all;
      return answer(request, reply, caller, request.query, {
        name: `trace-${traceId}`,
        type,
        spans: sameThread && subject !== undefined ? cores.filter((span) => sameLane(span, subject)) : cores,
        subject,
        endpoint: longest === undefined ? null : (endpointsOf(cores, tree)[longest] ?? null),
        groups,
        traceId,
        evidence,
      });
    },
  });
}

function sameLane(span: SpanCore, subject: SpanCore): boolean {
  return span === subject || (span.instance === subject.instance && span.thread === subject.thread);
}

/** The thread a span names, else the one most of its own samples come from. */
function onThreadOf(
  subject: SpanCore | undefined,
  spanId: string,
  groups: readonly SampleGroup[],
): SampleGroup[] {
  const named = subject?.instance !== undefined && subject.thread !== undefined;
  let lane = named ? `${subject.instance}/${subject.thread}` : undefined;
  if (lane === undefined) {
    const counts = new Map<string, number>();
    for (const group of groups)
      if (group.spanId === spanId) {
        const key = `${group.instance}/${group.thread}`;
        counts.set(key, (counts.get(key) ?? 0) + group.samples);
      }
    lane = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
  }
  return groups.filter((group) => `${group.instance}/${group.thread}` === lane);
}
