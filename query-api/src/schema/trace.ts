import { Type } from "typebox";
import { closed, Count, Nano, nullable, StoredId, TraceId, UnixNano } from "./common.ts";
import { ProfileState } from "./profile.ts";

const Attributes = Type.Record(Type.String(), Type.String());

export const TraceParams = Type.Object({ traceId: TraceId });
export const TraceQuery = Type.Object({}, closed);

export const Span = Type.Object({
  spanId: StoredId,
  parentSpanId: nullable(Type.String()),
  service: Type.String(),
  instance: nullable(Type.String({ description: "Process, 32 hex digits." })),
  thread: nullable(Type.Integer({ description: "Node.js threadId." })),
  name: Type.String(),
  kind: Type.String({ description: "internal | server | client | producer | consumer | unspecified" }),
  endpoint: nullable(Type.String()),
  startUnixNano: UnixNano,
  durationNano: Nano,
  status: Type.Union([Type.Literal("unset"), Type.Literal("ok"), Type.Literal("error")]),
  statusMessage: Type.Optional(Type.String()),
  attributes: Attributes,
  resource: Attributes,
  events: Type.Array(Type.Object({ timeUnixNano: UnixNano, name: Type.String(), attributes: Attributes })),
  links: Type.Array(Type.Object({ traceId: Type.String(), spanId: Type.String(), attributes: Attributes })),
  profile: Type.Object({ state: ProfileState, selfSamples: Count, subtreeSamples: Count }),
});

export const Trace = Type.Object({
  traceId: TraceId,
  startUnixNano: UnixNano,
  durationNano: Nano,
  complete: Type.Boolean({ description: "false: the root or a parent is missing." }),
  criticalPath: Type.Array(
    Type.Object({ spanId: Type.String(), startUnixNano: UnixNano, durationNano: Nano }),
    { description: "Segments in time order; a span may have several." },
  ),
  spans: Type.Array(Span, { description: "By start." }),
});
