import { Type } from "typebox";
import {
  closed,
  Count,
  ExportFormat,
  filters,
  nullable,
  range,
  selection,
  SpanId,
  TimeType,
  TraceId,
  UnixNano,
} from "./common.ts";

export const FrameKind = Type.Union([
  Type.Literal("app"),
  Type.Literal("dependency"),
  Type.Literal("node"),
  Type.Literal("v8"),
  Type.Literal("gc"),
  Type.Literal("native"),
  Type.Literal("runtime"),
]);

export const Frame = Type.Object({
  function: Type.String(),
  file: nullable(Type.String()),
  line: nullable(Type.Integer()),
  package: nullable(Type.String()),
  kind: FrameKind,
});

const column = (description: string) => Type.Array(Type.Integer(), { description });

export const Profile = Type.Object(
  {
    type: Type.String({ description: "wall | cpu | loop_hold | heap_inuse | heap_alloc" }),
    unit: Type.Union([Type.Literal("nanoseconds"), Type.Literal("bytes"), Type.Literal("count")]),
    total: Type.Integer({ description: "Σ self" }),
    samples: Count,
    periodNano: Type.Integer({ minimum: 0, description: "Sampling period; 0 when unknown." }),
    startUnixNano: UnixNano,
    endUnixNano: UnixNano,
    truncated: Type.Boolean({
      description:
        "Some frames are folded into `other`; of loop_hold: windows with short turns are left out.",
    }),
    frames: Type.Array(Frame),
    nodes: Type.Object({
      frame: column("Index into frames."),
      parent: column("parent[i] < i; -1 for the root, node 0."),
      self: column("In `unit`."),
      total: column("self + Σ children."),
      samples: column("Samples under this node."),
      highlighted: Type.Optional(
        Type.Array(Type.Boolean(), { description: "Present when `highlight` is given." }),
      ),
    }),
  },
  { description: "A call tree in columns of equal length; siblings by total, descending." },
);

export const Speedscope = Type.Object(
  {
    $schema: Type.Literal("https://www.speedscope.app/file-format-schema.json"),
    exporter: Type.String(),
    name: Type.String(),
    activeProfileIndex: Type.Integer(),
    shared: Type.Object({
      frames: Type.Array(
        Type.Object({
          name: Type.String(),
          file: Type.Optional(Type.String()),
          line: Type.Optional(Type.Integer()),
        }),
      ),
    }),
    profiles: Type.Array(
      Type.Object({
        type: Type.Literal("sampled"),
        name: Type.String(),
        unit: Type.String(),
        startValue: Type.Integer(),
        endValue: Type.Integer({ description: "Σ weights" }),
        samples: Type.Array(Type.Array(Type.Integer()), { description: "Indexes into frames, root first." }),
        weights: Type.Array(Type.Integer()),
      }),
    ),
  },
  { description: "With `format=speedscope`: a file for speedscope." },
);

export const ProfileState = Type.Union(
  [
    Type.Literal("ready"),
    Type.Literal("pending"),
    Type.Literal("too_short"),
    Type.Literal("not_sampled"),
    Type.Literal("no_agent"),
    Type.Literal("lost"),
    Type.Literal("expired"),
    Type.Literal("unsupported"),
  ],
  { description: "See docs: why a span has a profile, or none." },
);

export const StatefulProfile = Type.Object({
  state: ProfileState,
  retryAfterMs: Type.Optional(Type.Integer({ minimum: 0, description: "With `pending`." })),
  aggregateUrl: Type.Optional(
    Type.String({ description: "The same endpoint over the surrounding hour, as a path of this API." }),
  ),
  profile: Type.Optional(Profile),
});

export const SpanProfileParams = Type.Object({ traceId: TraceId, spanId: SpanId });
const profileQuery = (what: { readonly scope: string; readonly sameThread: string }) =>
  Type.Object(
    {
      scope: Type.Optional(
        Type.Union([Type.Literal("self"), Type.Literal("subtree")], { description: what.scope }),
      ),
      sameThread: Type.Optional(Type.Boolean({ description: what.sameThread })),
      type: Type.Optional(TimeType),
      ...filters,
      format: Type.Optional(ExportFormat),
    },
    closed,
  );
export const SpanProfileQuery = profileQuery({
  scope: "Default self. subtree: with the descendants, in every thread and service.",
  sameThread: "Of a subtree, only samples of the span's own process and thread.",
});

export const TraceProfileParams = Type.Object({ traceId: TraceId });
export const TraceProfileQuery = profileQuery({
  scope: "As of a span; a trace is always all of its spans.",
  sameThread: "Only samples of the process and thread of the longest root.",
});

export const ProfilesQuery = Type.Object(
  { ...selection, ...range, ...filters, format: Type.Optional(ExportFormat) },
  closed,
);

export const SeriesQuery = Type.Object(
  {
    ...selection,
    ...range,
    groupBy: Type.Optional(
      Type.Array(
        Type.Union([
          Type.Literal("service"),
          Type.Literal("endpoint"),
          Type.Literal("version"),
          Type.Literal("environment"),
          Type.Literal("zone"),
          Type.Literal("instance"),
          Type.Literal("thread"),
        ]),
        {
          maxItems: 7,
          uniqueItems: true,
          description: "A line for each value. Repeated: for each combination.",
        },
      ),
    ),
    stepMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        description: "Default: such that there are at most 120 steps. At most 2000 steps in the range.",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: "Lines, default 50." })),
  },
  closed,
);
export const Series = Type.Object({
  stepNano: Type.Integer({ description: "Nanoseconds." }),
  unit: Type.Union([Type.Literal("nanoseconds"), Type.Literal("bytes")]),
  covered: Type.Array(Type.Tuple([Type.Integer(), Type.Integer()]), {
    description:
      "When threads of the selection were sampled: [Unix ms, Unix ms] within the range, in order. A mean over time is one over these.",
  }),
  series: Type.Array(
    Type.Object({
      key: Type.Record(Type.String(), Type.String(), { description: "Of each `groupBy`, its value." }),
      points: Type.Array(Type.Tuple([Type.Integer(), Type.Integer()]), {
        description:
          "[Unix ms, sum of the step], by time. Steps count from 1970; those without samples are left out.",
      }),
    }),
    { description: "The greatest first." },
  ),
  truncated: Type.Boolean({
    description: "There are more lines than `limit`; of loop_hold: windows with short turns are left out.",
  }),
});

export const TopQuery = Type.Object(
  {
    ...selection,
    ...range,
    focus: filters.focus,
    hide: filters.hide,
    show: filters.show,
    highlight: filters.highlight,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: "Default 50." })),
  },
  closed,
);
export const Top = Type.Object({
  functions: Type.Array(
    Type.Object({
      function: Type.String(),
      package: nullable(Type.String()),
      self: Type.Integer(),
      total: Type.Integer({ description: "A recursive function counts once per sample." }),
      samples: Count,
    }),
    { description: "By self, descending." },
  ),
});
