// What the profiles view and the comparison ask for.
import { queryOptions } from "@tanstack/react-query";
import { getJson, postJson, type QueryValue } from "./client.ts";
import { whileOf } from "./placeholder.ts";
import type { CompareAnswer, CompareRequest, FleetPage, Profile, SeriesAnswer } from "./types.ts";

type Query = Readonly<Record<string, QueryValue>>;

// A range that ends now grows only when someone asks for newer data.
const fresh = 30_000;

export const profilesQuery = (query: Query | undefined) =>
  queryOptions({
    queryKey: ["profiles", query],
    queryFn: ({ signal }) => getJson<Profile>("profiles", query ?? {}, signal),
    enabled: query !== undefined,
    placeholderData: whileOf(query, ["service", "endpoint", "operation", "type"]),
    staleTime: fresh,
  });

export const seriesQuery = (query: Query) =>
  queryOptions({
    queryKey: ["series", query],
    queryFn: ({ signal }) => getJson<SeriesAnswer>("profiles/series", query, signal),
    placeholderData: whileOf(query, ["service", "endpoint", "type", "groupBy"]),
    staleTime: fresh,
  });

/** The threads of a service that sent windows in a range: for names to choose from. */
export const threadsQuery = (
  service: string | undefined,
  range: { readonly from: number; readonly to: number },
) =>
  queryOptions({
    queryKey: ["threads", service, range],
    queryFn: ({ signal }) => getJson<FleetPage>("fleet", { service, ...range, limit: 500 }, signal),
    select: ({ agents }) => agents,
    enabled: service !== undefined,
    staleTime: 60_000,
  });

export const compareQuery = (body: CompareRequest | undefined) =>
  queryOptions({
    queryKey: ["compare", body],
    queryFn: ({ signal }) => postJson<CompareAnswer>("compare", body, signal),
    enabled: body !== undefined,
    placeholderData: whileOf(body, ["base", "other"]),
    staleTime: fresh,
  });
