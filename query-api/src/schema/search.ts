import { Type } from "typebox";
import { closed, Count, Nano, nullable, paging, range, selection, TraceId, UnixNano } from "./common.ts";
import { TraceRowLedger } from "./ledger.ts";

export const ServicesQuery = Type.Object({ ...range, ...paging }, closed);
export const Services = Type.Object({
  services: Type.Array(
    Type.Object({
      name: Type.String(),
      versions: Type.Array(Type.String()),
      environments: Type.Array(Type.String()),
      zones: Type.Array(Type.String()),
      instances: Count,
      lastSpanUnixNano: nullable(UnixNano),
      lastSampleUnixNano: nullable(UnixNano),
    }),
  ),
  nextCursor: Type.Optional(Type.String()),
});

export const OperationsParams = Type.Object({ service: Type.String({ minLength: 1, maxLength: 1024 }) });
export const OperationsQuery = Type.Object({ ...range, ...paging }, closed);
export const Operations = Type.Object({
  operations: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.String({ description: "internal | server | client | producer | consumer | unspecified" }),
      endpoint: nullable(Type.String()),
      spans: Count,
      p50Nano: Nano,
      p95Nano: Nano,
      samples: Count,
    }),
  ),
  nextCursor: Type.Optional(Type.String()),
});

export const DeploysQuery = Type.Object(
  { service: selection.service, environment: selection.environment, ...range, ...paging },
  closed,
);
export const Deploys = Type.Object({
  deploys: Type.Array(
    Type.Object({
      service: Type.String(),
      environment: nullable(Type.String()),
      version: Type.String({ description: "service.version." }),
      previousVersion: nullable(
        Type.String({ description: "The version that was new before it; null: none is known." }),
      ),
      unixNano: UnixNano,
      instances: Type.Integer({ minimum: 1, description: "Processes that ran it, until `to`." }),
    }),
    { description: "By time." },
  ),
  nextCursor: Type.Optional(Type.String()),
});

const traceFilters = {
  service: selection.service,
  operation: selection.operation,
  endpoint: selection.endpoint,
  version: selection.version,
  environment: selection.environment,
  zone: selection.zone,
  instance: selection.instance,
  thread: selection.thread,
  label: selection.label,
  attr: Type.Optional(
    Type.Array(Type.String({ minLength: 2, maxLength: 2048 }), {
      maxItems: 20,
      description:
        "`key:value` of a span or resource attribute. One key repeated: any of the values; different keys: all.",
    }),
  ),
  minMs: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1e9, description: "Least duration of the trace." }),
  ),
  maxMs: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, description: "Most, inclusive." })),
  status: Type.Optional(
    Type.Union([Type.Literal("ok"), Type.Literal("error")], {
      description: "error: some span of the trace failed; ok: none did.",
    }),
  ),
  profiled: Type.Optional(Type.Boolean({ description: "true: with samples; false: without." })),
};

export const TracesQuery = Type.Object(
  {
    ...traceFilters,
    sort: Type.Optional(
      Type.Union([Type.Literal("duration"), Type.Literal("start")], {
        description: "Slowest first, or latest first (default).",
      }),
    ),
    ledger: Type.Optional(
      Type.Boolean({ description: "true: where each trace's time went. At most 50 traces a page." }),
    ),
    ...range,
    ...paging,
  },
  closed,
);

export const TraceRow = Type.Object({
  traceId: TraceId,
  root: Type.Unsafe<{
    spanId: string;
    service: string;
    name: string;
    endpoint: string | null;
  } | null>(
    Type.Object(
      {
        spanId: Type.String(),
        service: Type.String(),
        name: Type.String(),
        endpoint: nullable(Type.String()),
      },
      { type: ["object", "null"] },
    ),
  ),
  startUnixNano: UnixNano,
  durationNano: Nano,
  spans: Count,
  errors: Count,
  services: Type.Array(Type.String()),
  samples: Count,
  cpuNano: Nano,
  complete: Type.Boolean({ description: "false: the root or a parent is missing." }),
  ledger: Type.Optional(
    Type.Union([TraceRowLedger, Type.Null()], {
      description: "With `ledger=true`; null: none of the trace was sampled.",
    }),
  ),
});
export const Traces = Type.Object({
  traces: Type.Array(TraceRow),
  nextCursor: Type.Optional(Type.String()),
});

export const HeatmapQuery = Type.Object(
  {
    ...traceFilters,
    buckets: Type.Optional(
      Type.String({
        pattern: "^[1-9][0-9]{0,2}x[1-9][0-9]{0,2}$",
        description: "Columns x rows, default 60x40, at most 400x200.",
      }),
    ),
    ...range,
  },
  closed,
);
export const Heatmap = Type.Object({
  t0UnixNano: UnixNano,
  stepNano: Nano,
  edgesNano: Type.Array(Nano, { description: "Rows + 1 edges of duration, ascending; row i is [i, i+1)." }),
  cells: Type.Array(Type.Array(Count, { minItems: 4, maxItems: 4 }), {
    description: "[column, row, traces, traces with an error], without empty cells.",
  }),
});
