// The shapes of the query API, from its own contract. Times are decimal strings of Unix nanoseconds, durations
// whole nanoseconds, ids lower-case hex.
import type {
  Agent,
  Compare,
  CompareBody,
  Deploys,
  Fleet,
  Heatmap,
  Ingest,
  Operations,
  Series,
  Services,
  Span,
  SqlProgress,
  SqlResult,
  StatefulProfile,
  TraceRow,
  Traces,
} from "@hotspan/query-api/types";

export type { Agent, Ingest, SqlProgress };
/** Of all pages; `more`: there are others behind them. */
export type FleetAnswer = Pick<Fleet, "agents" | "ingest"> & { readonly more: boolean };
export type FleetPage = Fleet;
export type { Frame, Profile, ProfileState, SchemaAnswer, Trace } from "@hotspan/query-api/types";
export type DeploysAnswer = Deploys;
export type Deploy = Deploys["deploys"][number];
export type HeatmapAnswer = Heatmap;
export type ServicesAnswer = Services;
export type ServiceInfo = Services["services"][number];
export type OperationsAnswer = Operations;
export type TraceSummary = TraceRow;
export type TracePage = Traces;
export type TraceSpan = Span;
export type SpanProfile = StatefulProfile;
export type SeriesAnswer = Series;
export type CompareRequest = CompareBody;
export type CompareAnswer = Compare;
export type SqlAnswer = SqlResult;
