/** Every endpoint: method, path, shapes. The server attaches handlers; `openapi.json` is generated from it. */
import type { FastifySchema } from "fastify";
import { Type, type TSchema } from "typebox";
import { LinkedId, problems } from "./schema/common.ts";
import * as compare from "./schema/compare.ts";
import * as fleet from "./schema/fleet.ts";
import * as ledger from "./schema/ledger.ts";
import * as profile from "./schema/profile.ts";
import * as search from "./schema/search.ts";
import * as sql from "./schema/sql.ts";
import * as trace from "./schema/trace.ts";

const json = <const T>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const binary = {
  schema: Type.Unsafe<unknown>({ type: "string", contentMediaType: "application/octet-stream" }),
};
const plain = { schema: Type.Unsafe<unknown>({ type: "string" }) };
const profileFiles = {
  "application/octet-stream": binary,
  "text/plain": plain,
};
const ok = <const T>(schema: T, description = "Answer") => ({ 200: json(schema, description), ...problems });
const withFiles = (schema: TSchema, description: string) => ({
  200: {
    description,
    content: { "application/json": { schema: Type.Union([schema, profile.Speedscope]) }, ...profileFiles },
  },
  ...problems,
});

export const apiBase = "/api/v1";

/** Below `/api/v1`. */
export const api = {
  services: {
    method: "GET",
    url: "/services",
    schema: {
      operationId: "listServices",
      summary: "Services that sent spans or samples",
      tags: ["search"],
      querystring: search.ServicesQuery,
      response: ok(search.Services),
    },
  },
  operations: {
    method: "GET",
    url: "/services/:service/operations",
    schema: {
      operationId: "listOperations",
      summary: "Span names of a service with their latency",
      tags: ["search"],
      params: search.OperationsParams,
      querystring: search.OperationsQuery,
      response: ok(search.Operations),
    },
  },
  deploys: {
    method: "GET",
    url: "/deploys",
    schema: {
      operationId: "listDeploys",
      summary: "When versions were first sampled, to be marked on axes of time",
      description:
        "The first window of a service.version in a service and environment. A version that comes back within 30 days is not new.",
      tags: ["search"],
      querystring: search.DeploysQuery,
      response: ok(search.Deploys),
    },
  },
  traces: {
    method: "GET",
    url: "/traces",
    schema: {
      operationId: "searchTraces",
      summary: "Search traces",
      description:
        "`service`, `operation`, `endpoint`, `version`, `environment` and `attr` find traces with one span that has them all. `minMs`, `maxMs`, `status`, `profiled` and `sort` are about the trace, as its row shows it.",
      tags: ["search"],
      querystring: search.TracesQuery,
      response: ok(search.Traces),
    },
  },
  heatmap: {
    method: "GET",
    url: "/latency-heatmap",
    schema: {
      operationId: "latencyHeatmap",
      summary: "Traces over time and duration",
      description: "Counts the traces that `GET /traces` finds with the same filters.",
      tags: ["search"],
      querystring: search.HeatmapQuery,
      response: ok(search.Heatmap),
    },
  },
  trace: {
    method: "GET",
    url: "/traces/:traceId",
    schema: {
      operationId: "getTrace",
      summary: "A trace: all its spans, the critical path, and which spans have a profile",
      tags: ["trace"],
      params: trace.TraceParams,
      querystring: trace.TraceQuery,
      response: ok(trace.Trace),
    },
  },
  spanProfile: {
    method: "GET",
    url: "/traces/:traceId/spans/:spanId/profile",
    schema: {
      operationId: "getSpanProfile",
      summary: "Profile for this span",
      description: "200 in every state for json; other formats answer 406 unless the state is `ready`.",
      tags: ["profile"],
      params: profile.SpanProfileParams,
      querystring: profile.SpanProfileQuery,
      response: withFiles(profile.StatefulProfile, "The state, and the profile when it is `ready`"),
    },
  },
  traceProfile: {
    method: "GET",
    url: "/traces/:traceId/profile",
    schema: {
      operationId: "getTraceProfile",
      summary: "Profile of a whole trace",
      tags: ["profile"],
      params: profile.TraceProfileParams,
      querystring: profile.TraceProfileQuery,
      response: withFiles(profile.StatefulProfile, "The state, and the profile when it is `ready`"),
    },
  },
  spanLedger: {
    method: "GET",
    url: "/traces/:traceId/spans/:spanId/ledger",
    schema: {
      operationId: "getSpanLedger",
      summary: "Where a span's time went",
      description: "200 in every state; rows sum to the span's duration when it is `ready`.",
      tags: ["ledger"],
      params: ledger.SpanLedgerParams,
      querystring: ledger.NoQuery,
      response: ok(ledger.Ledger),
    },
  },
  traceLedger: {
    method: "GET",
    url: "/traces/:traceId/ledger",
    schema: {
      operationId: "getTraceLedger",
      summary: "Where a trace's time went, along its critical path",
      tags: ["ledger"],
      params: ledger.TraceLedgerParams,
      querystring: ledger.NoQuery,
      response: ok(ledger.Ledger),
    },
  },
  timeline: {
    method: "GET",
    url: "/traces/:traceId/spans/:spanId/timeline",
    schema: {
      operationId: "getTimeline",
      summary: "The event loop around a span",
      tags: ["ledger"],
      params: ledger.SpanLedgerParams,
      querystring: ledger.TimelineQuery,
      response: ok(ledger.Timeline),
    },
  },
  delayed: {
    method: "GET",
    url: "/traces/:traceId/spans/:spanId/delayed",
    schema: {
      operationId: "getDelayed",
      summary: "Whom a span held up",
      tags: ["ledger"],
      params: ledger.SpanLedgerParams,
      querystring: ledger.NoQuery,
      response: ok(ledger.Delayed),
    },
  },
  compare: {
    method: "POST",
    url: "/compare",
    schema: {
      operationId: "compareProfiles",
      summary: "Two profiles as one tree, and which functions differ by more than chance",
      description:
        "A selection stands for the spans of its operation, else for the requests its services received. Frames match on package, function and file. 422 not_comparable where a side has samples but nothing to divide them by.",
      tags: ["compare"],
      querystring: ledger.NoQuery,
      body: compare.CompareBody,
      response: ok(compare.Compare),
    },
  },
  rootCause: {
    method: "POST",
    url: "/root-cause",
    schema: {
      operationId: "rootCause",
      summary: "Why spans of one side take longer than those of the other",
      description: "422 not_comparable with fewer than 20 spans on a side.",
      tags: ["compare"],
      querystring: ledger.NoQuery,
      body: compare.RootCauseBody,
      response: ok(compare.RootCause),
    },
  },
  regressions: {
    method: "GET",
    url: "/regressions",
    schema: {
      operationId: "listRegressions",
      summary: "Endpoints that a new version made slower by more than chance",
      description:
        "Each version against the one before it, per endpoint, where both served at least 20 requests in the range.",
      tags: ["compare"],
      querystring: compare.RegressionsQuery,
      response: ok(compare.Regressions),
    },
  },
  profiles: {
    method: "GET",
    url: "/profiles",
    schema: {
      operationId: "getProfile",
      summary: "Profile of a selection: services, versions, instances, a range of time",
      description: "In a selection a repeated value is OR, different names are AND.",
      tags: ["profile"],
      querystring: profile.ProfilesQuery,
      response: withFiles(profile.Profile, "The profile; empty when nothing matches"),
    },
  },
  series: {
    method: "GET",
    url: "/profiles/series",
    schema: {
      operationId: "getProfileSeries",
      summary: "A selection over time, in one line or one for each version, instance, …",
      tags: ["profile"],
      querystring: profile.SeriesQuery,
      response: ok(profile.Series),
    },
  },
  top: {
    method: "GET",
    url: "/profiles/top",
    schema: {
      operationId: "getTopFunctions",
      summary: "Functions of a selection by their own share",
      tags: ["profile"],
      querystring: profile.TopQuery,
      response: ok(profile.Top),
    },
  },
  sql: {
    method: "POST",
    url: "/sql",
    schema: {
      operationId: "runSql",
      summary: "Run one read-only statement",
      description:
        "With `Accept: text/event-stream` and format json the answer is a stream of server-sent events: `progress` (SqlProgress) about ten times a second, then `result` (as application/json) or `problem`. Closing the connection ends the query.",
      tags: ["sql"],
      querystring: ledger.NoQuery,
      body: sql.SqlBody,
      response: {
        200: {
          description: "The result in the format asked for",
          content: {
            "application/json": { schema: sql.SqlResult },
            "text/event-stream": plain,
            "application/x-ndjson": plain,
            "text/csv": plain,
            "application/vnd.apache.parquet": binary,
          },
        },
        ...problems,
      },
    },
  },
  fleet: {
    method: "GET",
    url: "/fleet",
    schema: {
      operationId: "getFleet",
      summary: "Agents that sent windows, how well they sample, and how far behind ingest is",
      description:
        "One entry per thread, by service, instance and thread, over the range: at most two days. `version` and `mode` are those of its latest window.",
      tags: ["fleet"],
      querystring: fleet.FleetQuery,
      response: ok(fleet.Fleet),
    },
  },
  schema: {
    method: "GET",
    url: "/schema",
    schema: {
      operationId: "getSchema",
      summary: "Tables, columns and views for SQL",
      tags: ["sql"],
      querystring: sql.SchemaQuery,
      response: ok(sql.SchemaAnswer),
    },
  },
} as const;

const health = Type.Object({ status: Type.Literal("ok") });

/** At the root. */
export const root = {
  open: {
    method: "GET",
    url: "/open/:traceId/:spanId",
    schema: {
      operationId: "openSpan",
      summary: "Deep link into the UI's page of a span",
      description: "For links in other tools: ids in upper or lower case, with or without zeros in front.",
      tags: ["service"],
      params: Type.Object({ traceId: LinkedId(32), spanId: LinkedId(16) }),
      response: { 302: { type: "null", description: "To the span's page" }, ...problems },
    },
  },
  openTrace: {
    method: "GET",
    url: "/open/:traceId",
    schema: {
      operationId: "openTrace",
      summary: "Deep link into the UI's page of a trace",
      description: "For tools whose links know no span.",
      tags: ["service"],
      params: Type.Object({ traceId: LinkedId(32) }),
      response: { 302: { type: "null", description: "To the trace's page" }, ...problems },
    },
  },
  healthz: {
    method: "GET",
    url: "/healthz",
    schema: { operationId: "healthz", summary: "The process runs", tags: ["service"], response: ok(health) },
  },
  readyz: {
    method: "GET",
    url: "/readyz",
    schema: {
      operationId: "readyz",
      summary: "The store answers and has its tables",
      tags: ["service"],
      response: ok(health),
    },
  },
  metrics: {
    method: "GET",
    url: "/metrics",
    schema: {
      operationId: "metrics",
      summary: "Prometheus metrics of this process",
      tags: ["service"],
      response: { 200: { description: "Text exposition format", content: { "text/plain": plain } } },
    },
  },
  openapi: {
    method: "GET",
    url: "/openapi.json",
    schema: {
      operationId: "openapi",
      summary: "This document",
      tags: ["service"],
      response: { 200: json(Type.Unsafe<unknown>({ type: "object" }), "OpenAPI 3.1") },
    },
  },
} as const;

export interface Endpoint {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly schema: FastifySchema;
}
