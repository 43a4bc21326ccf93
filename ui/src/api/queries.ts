// What the views ask for, as TanStack Query options: one key per address.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { getJson, type QueryValue } from "./client.ts";
import { dayMs, type LookBack } from "./look-back.ts";
import { whileOf } from "./placeholder.ts";
import type {
  DeploysAnswer,
  FleetAnswer,
  FleetPage,
  HeatmapAnswer,
  OperationsAnswer,
  SchemaAnswer,
  ServicesAnswer,
  SpanProfile,
  Trace,
  TracePage,
} from "./types.ts";

type Query = Readonly<Record<string, QueryValue>>;

/** What a search is of, by the names of its parameters. */
const work = ["service", "operation"];

// A finished trace does not change, but a span may still arrive late.
const traceFresh = 15_000;

const lookBackMs = { hour: dayMs / 24, day: dayMs, month: 30 * dayMs };
const lookBack = (how: LookBack): Query => ({
  ...(typeof how === "string" ? { from: Date.now() - lookBackMs[how] } : how),
  limit: 500,
});

export const servicesQuery = (how: LookBack) =>
  queryOptions({
    queryKey: ["services", how],
    queryFn: ({ signal }) => getJson<ServicesAnswer>("services", lookBack(how), signal),
    select: (answer) => answer.services,
    staleTime: 10_000,
  });

export const operationsQuery = (service: string | undefined, how: LookBack = "day") =>
  queryOptions({
    queryKey: ["operations", service, how],
    queryFn: ({ signal }) =>
      getJson<OperationsAnswer>(
        `services/${encodeURIComponent(service ?? "")}/operations`,
        lookBack(how),
        signal,
      ),
    select: (answer) => answer.operations,
    enabled: service !== undefined,
    staleTime: 30_000,
  });

export const tracesQuery = (query: Query) =>
  infiniteQueryOptions({
    queryKey: ["traces", query],
    queryFn: ({ signal, pageParam }) => getJson<TracePage>("traces", { ...query, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: whileOf(query, work),
    staleTime: 10_000,
  });

export const heatmapQuery = (query: Query) =>
  queryOptions({
    queryKey: ["heatmap", query],
    queryFn: ({ signal }) => getJson<HeatmapAnswer>("latency-heatmap", query, signal),
    placeholderData: whileOf(query, work),
    staleTime: 10_000,
  });

/** To the minute, so that a range that ends now is not asked for at every look. */
export const deploysQuery = (service: string | undefined, fromMs: number, toMs: number) => {
  const minute = 60_000;
  const query = {
    service,
    from: Math.floor(fromMs / minute) * minute,
    to: Math.ceil(toMs / minute) * minute,
  };
  return queryOptions({
    queryKey: ["deploys", query],
    queryFn: ({ signal }) => getJson<DeploysAnswer>("deploys", { ...query, limit: 500 }, signal),
    select: (answer) => answer.deploys,
    placeholderData: whileOf(query, ["service"]),
    staleTime: 60_000,
  });
};

export const traceQuery = (traceId: string) =>
  queryOptions({
    queryKey: ["trace", traceId],
    queryFn: ({ signal }) => getJson<Trace>(`traces/${encodeURIComponent(traceId)}`, {}, signal),
    staleTime: traceFresh,
    // Samples of a span arrive up to one window after the span itself.
    refetchInterval: ({ state }) =>
      state.data?.spans.some((span) => span.profile.state === "pending") === true ? 4_000 : false,
  });

export const spanProfileQuery = (traceId: string, spanId: string, query: Query) =>
  queryOptions({
    queryKey: ["span-profile", traceId, spanId, query],
    queryFn: ({ signal }) =>
      getJson<SpanProfile>(
        `traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}/profile`,
        query,
        signal,
      ),
    placeholderData: (before, beforeQuery) =>
      // The old picture stays while filters change, but never another span's.
      beforeQuery?.queryKey[1] === traceId && beforeQuery.queryKey[2] === spanId ? before : undefined,
    staleTime: traceFresh,
    refetchInterval: ({ state }) =>
      state.data?.state === "pending" ? Math.max(1_000, state.data.retryAfterMs ?? 4_000) : false,
  });

/** The span with most samples of a trace that has some, for the end of a first run. Null: none yet. */
export const firstProfileQuery = () =>
  queryOptions({
    queryKey: ["first-profile"],
    queryFn: async ({ signal }) => {
      const found = await getJson<TracePage>(
        "traces",
        { ...lookBack("hour"), profiled: true, sort: "start", limit: 1 },
        signal,
      );
      const traceId = found.traces[0]?.traceId;
      if (traceId === undefined) return null;
      const trace = await getJson<Trace>(`traces/${traceId}`, {}, signal);
      const ready = trace.spans
        .filter((span) => span.profile.state === "ready")
        .toSorted((a, b) => b.profile.selfSamples - a.profile.selfSamples)[0];
      return ready === undefined ? null : { traceId, spanId: ready.spanId };
    },
  });

export const schemaQuery = () =>
  queryOptions({
    queryKey: ["schema"],
    queryFn: ({ signal }) => getJson<SchemaAnswer>("schema", {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Threads that are read at most. */
export const mostAgents = 2_000;

/** The threads that sent windows in the last `rangeMs`, all pages of them. Kept up to date. */
export const fleetQuery = (rangeMs: number, service: string | undefined) =>
  queryOptions({
    queryKey: ["fleet", rangeMs, service],
    queryFn: async ({ signal }): Promise<FleetAnswer> => {
      const to = Date.now();
      const query = { from: to - rangeMs, to, service, limit: 500 };
      let page = await getJson<FleetPage>("fleet", query, signal);
      const { ingest } = page;
      const agents = [...page.agents];
      while (page.nextCursor !== undefined && agents.length < mostAgents) {
        page = await getJson<FleetPage>("fleet", { service, limit: 500, cursor: page.nextCursor }, signal);
        agents.push(...page.agents);
      }
      return { agents, ingest, more: page.nextCursor !== undefined };
    },
    // The old list stays while the range changes, but never another service's.
    placeholderData: (before, beforeQuery) => (beforeQuery?.queryKey[2] === service ? before : undefined),
    staleTime: 5_000,
    refetchInterval: 10_000,
    meta: { quiet: true },
  });
