// What the views ask for about ledgers, as TanStack Query options.
import { queryOptions } from "@tanstack/react-query";
import { getJson, postJson } from "./client.ts";
import type { Delayed, Ledger, RootCause, Timeline } from "./ledger-types.ts";
import { limited } from "./limit.ts";
import { whileOf } from "./placeholder.ts";

// A ledger does not change once its samples are there.
const fresh = 60_000;
const spanPath = (traceId: string, spanId: string): string =>
  `traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
const again = (data: { readonly state: string; readonly retryAfterMs?: number } | undefined) =>
  data?.state === "pending" ? Math.max(1_000, data.retryAfterMs ?? 4_000) : (false as const);

export const spanLedgerQuery = (traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ["span-ledger", traceId, spanId],
    queryFn: ({ signal }) => getJson<Ledger>(`${spanPath(traceId, spanId)}/ledger`, {}, signal),
    staleTime: fresh,
    refetchInterval: ({ state }) => again(state.data),
  });

export const traceLedgerQuery = (traceId: string) =>
  queryOptions({
    queryKey: ["trace-ledger", traceId],
    queryFn: ({ signal }) =>
      limited(signal, () => getJson<Ledger>(`traces/${encodeURIComponent(traceId)}/ledger`, {}, signal)),
    staleTime: fresh,
    refetchInterval: ({ state }) => again(state.data),
  });

export const timelineQuery = (traceId: string, spanId: string, padMs: number) =>
  queryOptions({
    queryKey: ["timeline", traceId, spanId, padMs],
    queryFn: ({ signal }) => getJson<Timeline>(`${spanPath(traceId, spanId)}/timeline`, { padMs }, signal),
    staleTime: fresh,
    refetchInterval: ({ state }) => again(state.data),
  });

/** The classes of one row of a waterfall over time. Dozens are asked for at once, so a few at a time are sent. */
export const rowTimelineQuery = (traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ["timeline", traceId, spanId, 0],
    queryFn: ({ signal }) =>
      limited(signal, () => getJson<Timeline>(`${spanPath(traceId, spanId)}/timeline`, { padMs: 0 }, signal)),
    staleTime: fresh,
    meta: { quiet: true, part: true },
  });

export const delayedQuery = (traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ["delayed", traceId, spanId],
    queryFn: ({ signal }) => getJson<Delayed>(`${spanPath(traceId, spanId)}/delayed`, {}, signal),
    staleTime: fresh,
  });

export const rootCauseQuery = (body: Readonly<Record<string, unknown>> | undefined) =>
  queryOptions({
    queryKey: ["root-cause", body],
    queryFn: ({ signal }) => postJson<RootCause>("root-cause", body, signal),
    enabled: body !== undefined,
    placeholderData: whileOf(body, ["service", "operation", "endpoint"]),
    staleTime: fresh,
  });
