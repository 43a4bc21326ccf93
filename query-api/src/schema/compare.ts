import { Type } from "typebox";
import {
  bodyFilters,
  bodyRange,
  bodySelection,
  closed,
  Count,
  filters,
  Nano,
  nullable,
  range,
} from "./common.ts";
import { LedgerClass } from "./ledger.ts";
import { Frame, FrameKind } from "./profile.ts";

const Signed = Type.Integer({ description: "Nanoseconds; negative: less than in the base." });
const Probability = Type.Number({ minimum: 0, maximum: 1 });

export const Normalise = Type.Union(
  [Type.Literal("per_span"), Type.Literal("per_second"), Type.Literal("share")],
  { description: "Default per_span: divided by the spans of the side." },
);

export const CompareBody = Type.Object(
  {
    base: Type.Object({ ...bodySelection, ...bodyRange }, closed),
    other: Type.Object({ ...bodySelection, ...bodyRange }, closed),
    normalise: Type.Optional(Normalise),
    filters: Type.Optional(Type.Object(bodyFilters, closed)),
    maxNodes: filters.maxNodes,
  },
  closed,
);

const Side = Type.Object({
  total: Type.Number({ description: "In `unit`, before division." }),
  samples: Count,
  spans: Count,
  ofTime: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        "Share of the range that all this was read of. Only where a selection by version, process, operation, label or duration is of so many samples that some ten minutes of the range have to do.",
    }),
  ),
});
const numbers = Type.Array(Type.Number());

export const Compare = Type.Object(
  {
    base: Side,
    other: Side,
    unit: Type.String({
      description: "nanoseconds_per_span | nanoseconds_per_second | bytes_per_… | share",
    }),
    frames: Type.Array(Frame),
    nodes: Type.Object({
      frame: Type.Array(Type.Integer(), { description: "Index into frames." }),
      parent: Type.Array(Type.Integer(), { description: "parent[i] < i; -1 for the root, node 0." }),
      baseSelf: numbers,
      baseTotal: numbers,
      otherSelf: numbers,
      otherTotal: numbers,
      highlighted: Type.Optional(
        Type.Array(Type.Boolean(), { description: "Present when `highlight` is given." }),
      ),
    }),
    functions: Type.Array(
      Type.Object({
        function: Type.String(),
        package: nullable(Type.String()),
        base: Type.Number(),
        other: Type.Number(),
        delta: Type.Number({ description: "other - base" }),
        file: nullable(Type.String()),
        kind: FrameKind,
        low: Type.Number({
          description: "95 % interval of delta; where it was not tested, all that is possible.",
        }),
        high: Type.Number(),
        p: Probability,
        significant: Type.Boolean(),
        tested: Type.Boolean({ description: "false: too few samples for an interval, and `p` is 1." }),
      }),
      { description: "Greatest change first." },
    ),
  },
  { description: "Frames match on package, function and file, never on the line." },
);

const Percentile = Type.Number({ minimum: 0, maximum: 100 });
export const SideQuery = Type.Object(
  {
    percentile: Type.Optional(
      Type.Union([Percentile, Type.Array(Percentile, { minItems: 2, maxItems: 2 })], {
        description: "p: spans at or above it. [p, q]: spans between.",
      }),
    ),
    minMs: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, description: "Least duration." })),
    maxMs: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, description: "Most, inclusive." })),
    version: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    instance: Type.Optional(Type.String({ pattern: "^[0-9a-f]{32}$" })),
    ...bodyRange,
  },
  { ...closed, minProperties: 1, description: "What is given must all hold." },
);

export const RootCauseBody = Type.Object(
  {
    service: Type.String({ minLength: 1, maxLength: 1024 }),
    operation: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: "Span name." })),
    endpoint: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1024, description: "Name of the local root, as `GET /cart`." }),
    ),
    ...bodyRange,
    slow: Type.Optional(SideQuery),
    baseline: Type.Optional(SideQuery),
    maxSpans: Type.Optional(
      Type.Integer({ minimum: 20, maximum: 1000, description: "Spans analysed of each side. Default 200." }),
    ),
    seed: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 4294967295, description: "Which spans are drawn. Default 1." }),
    ),
  },
  closed,
);

const SideStats = Type.Object({
  spans: Type.Integer({ minimum: 0, description: "Spans analysed." }),
  meanNano: Nano,
  p50Nano: Nano,
  p95Nano: Nano,
  minNano: Type.Integer({ minimum: 0, description: "The shortest of them." }),
  maxNano: Type.Integer({ minimum: 0, description: "The longest of them." }),
});

const difference = {
  slowNano: Nano,
  baselineNano: Nano,
  deltaNano: Signed,
  share: Type.Number({ description: "Of the excess." }),
  low: Signed,
  high: Signed,
  p: Type.Number({ minimum: 0, maximum: 1, description: "Corrected for the number of contributions." }),
  significant: Type.Boolean(),
};

export const Contribution = Type.Object({
  rank: Type.Integer({ minimum: 1 }),
  class: LedgerClass,
  level: Type.Union(
    [
      Type.Literal("class"),
      Type.Literal("function"),
      Type.Literal("endpoint"),
      Type.Literal("blame"),
      Type.Literal("child"),
    ],
    { description: "class: all of it; those sum to the excess. Others name a part of their class." },
  ),
  function: Type.Optional(Type.String()),
  package: Type.Optional(nullable(Type.String())),
  file: Type.Optional(nullable(Type.String())),
  line: Type.Optional(nullable(Type.Integer())),
  ownCode: Type.Optional(Type.Boolean({ description: "The function is the service's own." })),
  caller: Type.Optional(Type.String({ description: "Own code that called it." })),
  endpoint: Type.Optional(nullable(Type.String({ description: "Whose work held the loop." }))),
  blame: Type.Optional(Type.String({ description: "request | unlabelled | gc | runtime" })),
  child: Type.Optional(Type.String({ description: "Which child span was waited for." })),
  childKind: Type.Optional(Type.String()),
  childService: Type.Optional(nullable(Type.String())),
  ...difference,
  exampleTraceIds: Type.Array(Type.String()),
  rest: Type.Optional(
    Type.Object(difference, { description: "Of a class with parts in the list: what they leave of it." }),
  ),
});

export const RootCause = Type.Object({
  slow: SideStats,
  baseline: SideStats,
  excessNano: Type.Integer({ description: "slow.meanNano - baseline.meanNano" }),
  explainedNano: Type.Integer({ description: "Sum of the significant contributions by class." }),
  coverage: Type.Number({ minimum: 0, maximum: 1, description: "Share of the time that was profiled." }),
  contributions: Type.Array(Contribution, {
    description: "Those with only a class sum to excessNano; the others tell what a class is made of.",
  }),
  attributes: Type.Array(
    Type.Object({
      key: Type.String(),
      value: Type.String(),
      slowShare: Type.Number({ minimum: 0, maximum: 1 }),
      baselineShare: Type.Number({ minimum: 0, maximum: 1 }),
      p: Probability,
    }),
    { description: "Attributes of the spans that differ between the sides." },
  ),
  sentence: Type.String(),
  sentenceParts: Type.Array(Type.Object({ text: Type.String(), class: Type.Optional(LedgerClass) }), {
    description: "The sentence in pieces; causes carry their class.",
  }),
  warnings: Type.Array(
    Type.String({ description: "few_spans | low_coverage | sides_overlap | not_significant" }),
  ),
  excess: Type.Object(
    { low: Signed, high: Signed, p: Probability },
    { description: "Test of the durations alone." },
  ),
});

export const RegressionsQuery = Type.Object(
  {
    service: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    endpoint: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    ...range,
  },
  closed,
);
export const Regressions = Type.Object({
  regressions: Type.Array(
    Type.Object({
      service: Type.String(),
      endpoint: Type.String(),
      from: Type.String({ description: "Version before." }),
      to: Type.String({ description: "Version after." }),
      deltaNano: Signed,
      p: Probability,
      top: Type.Array(Contribution),
    }),
    { description: "Significant ones, greatest first." },
  ),
});
