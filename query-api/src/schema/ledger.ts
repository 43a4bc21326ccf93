import { Type } from "typebox";
import { closed, Count, Nano, nullable, SpanId, StoredId, TraceId, UnixNano } from "./common.ts";
import { Frame, ProfileState } from "./profile.ts";

/** The field may be null; as in OpenAPI 3.1. */
const FrameOrNull = Type.Union([Frame, Type.Null()]);

export const LedgerClass = Type.Union(
  [
    Type.Literal("cpu.self"),
    Type.Literal("cpu.child"),
    Type.Literal("blocked.sync"),
    Type.Literal("gc"),
    Type.Literal("runtime"),
    Type.Literal("loop.held"),
    Type.Literal("wait.child"),
    Type.Literal("wait.pool"),
    Type.Literal("wait.other"),
    Type.Literal("stalled"),
    Type.Literal("unprofiled"),
  ],
  { description: "Closed and exclusive: every nanosecond of a span belongs to one." },
);
export const WaitPart = Type.Union([
  Type.Literal("remote"),
  Type.Literal("network"),
  Type.Literal("overlapped"),
  Type.Literal("loop_return"),
]);

const Share = Type.Number({ minimum: 0, maximum: 1, description: "Of the whole duration." });
const interval = {
  nano: Nano,
  low: Type.Integer({ minimum: 0, description: "95 % interval, ns; low <= nano <= high." }),
  high: Type.Integer({ minimum: 0 }),
};
const Top = Type.Array(Type.Object({ frame: Frame, nano: Nano }), {
  description: "Heaviest first: the frames on top of the stacks.",
});

export const LedgerPart = Type.Object({ class: WaitPart, ...interval, share: Share, ticks: Count });
export const LedgerRow = Type.Object({
  class: LedgerClass,
  ...interval,
  share: Share,
  ticks: Count,
  parts: Type.Optional(Type.Array(LedgerPart, { description: "Of wait.child; they sum to its `nano`." })),
  top: Type.Optional(Top),
});

export const LedgerBlame = Type.Object({
  endpoint: nullable(Type.String()),
  traceId: nullable(Type.String()),
  spanId: nullable(Type.String()),
  kind: Type.Union([
    Type.Literal("request"),
    Type.Literal("unlabelled"),
    Type.Literal("gc"),
    Type.Literal("runtime"),
  ]),
  frame: Frame,
  ...interval,
});

export const LedgerChild = Type.Object({
  spanId: StoredId,
  name: Type.String(),
  kind: Type.Union([
    Type.Literal("db"),
    Type.Literal("http"),
    Type.Literal("rpc"),
    Type.Literal("messaging"),
    Type.Literal("dns"),
    Type.Literal("connect"),
    Type.Literal("tls"),
    Type.Literal("pool"),
    Type.Literal("internal"),
  ]),
  openNano: Type.Integer({ minimum: 0, description: "How long it was open while the span ran." }),
  remoteNano: nullable(Type.Integer({ description: "Null: the other side sent no span." })),
  queuedNano: Type.Integer({
    minimum: 0,
    description:
      "How long its request waited for the other side's thread, which was busy, before its span began.",
  }),
  networkNano: nullable(Type.Integer()),
  loopReturnNano: Type.Object({ low: Nano, high: Nano }),
});

export const LedgerCoverage = Type.Object({
  periodNano: Nano,
  expectedTicks: Count,
  ticks: Count,
  lostTicks: Count,
  windows: Count,
  clockErrorNano: Nano,
  method: Type.Union([Type.Literal("journal"), Type.Literal("quiet"), Type.Literal("ticks")]),
});

export const SpanLedgerParams = Type.Object({ traceId: TraceId, spanId: SpanId });
export const TraceLedgerParams = Type.Object({ traceId: TraceId });
export const NoQuery = Type.Object({}, closed);

export const Ledger = Type.Object(
  {
    state: ProfileState,
    retryAfterMs: Type.Optional(Type.Integer({ minimum: 0, description: "With `pending`." })),
    spanId: StoredId,
    service: Type.String(),
    instance: nullable(Type.String({ description: "Process, 32 hex digits." })),
    thread: nullable(Type.Integer({ description: "Node.js threadId." })),
    startUnixNano: UnixNano,
    durationNano: Nano,
    coverage: LedgerCoverage,
    rows: Type.Array(LedgerRow, {
      description: "Largest first, summing to durationNano exactly; empty unless `ready`.",
    }),
    blame: Type.Array(LedgerBlame, { description: "Who held the loop." }),
    children: Type.Array(LedgerChild),
  },
  { description: "Where a span's time went." },
);

export const TimelineQuery = Type.Object(
  {
    padMs: Type.Optional(
      Type.Number({ minimum: 0, maximum: 10_000, description: "How much around the span. Default 50." }),
    ),
  },
  closed,
);

const at = { start: Type.Integer(), dur: Nano };
export const Timeline = Type.Object(
  {
    state: ProfileState,
    retryAfterMs: Type.Optional(Type.Integer({ minimum: 0, description: "With `pending`." })),
    t0UnixNano: UnixNano,
    durationNano: Nano,
    turns: Type.Array(Type.Object({ ...at, label: Type.Integer({ minimum: 0 }), frame: FrameOrNull }), {
      description: "Turns of the loop; `label` indexes `labels`.",
    }),
    gc: Type.Array(Type.Object(at)),
    idle: Type.Array(Type.Object(at)),
    span: Type.Array(Type.Object({ ...at, class: LedgerClass })),
    children: Type.Array(
      Type.Object({
        spanId: StoredId,
        name: Type.String(),
        ...at,
        answered: nullable(Type.Integer({ description: "When its answer was there." })),
      }),
    ),
    ticks: Type.Array(Type.Object({ t: Type.Integer(), class: Type.Union([LedgerClass, Type.Null()]) }), {
      description: "Null: outside the span.",
    }),
    labels: Type.Array(
      Type.Union([
        Type.Object({ traceId: Type.String(), spanId: Type.String(), endpoint: Type.String() }),
        Type.Null(),
      ]),
      { description: "Null: no span was active." },
    ),
  },
  { description: "The loop of the span's thread around it; times in ns from t0UnixNano." },
);

export const Delayed = Type.Object({
  delayed: Type.Array(
    Type.Object({
      traceId: Type.String(),
      spanId: StoredId,
      service: Type.String(),
      endpoint: nullable(Type.String()),
      ...interval,
    }),
    { description: "Longest delay first." },
  ),
  nano: Type.Integer({ minimum: 0, description: "Sum of the delays." }),
});

export const TraceRowLedger = Type.Array(Type.Object({ class: LedgerClass, nano: Nano }));
