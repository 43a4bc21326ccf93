import { Type, type Static, type TSchema } from "typebox";

export const nullable = <T extends TSchema>(schema: T) =>
  Type.Unsafe<Static<T> | null>({
    ...schema,
    type: [(schema as unknown as { type: string }).type, "null"],
  });

export const closed = { additionalProperties: false } as const;

export const UnixNano = Type.String({
  pattern: "^[0-9]+$",
  description: "Unix time in nanoseconds, as decimal text.",
});
export const Nano = Type.Integer({ minimum: 0, description: "Nanoseconds." });
export const Count = Type.Integer({ minimum: 0 });
export const TraceId = Type.String({ pattern: "^[0-9a-f]{32}$", description: "32 lower-case hex digits." });
export const SpanId = Type.String({ pattern: "^[0-9a-f]{16}$", description: "16 lower-case hex digits." });
/** An id as other tools write it: some of them drop zeros in front, and some use capitals. */
export const LinkedId = (digits: number) =>
  Type.String({ pattern: `^[0-9a-fA-F]{1,${digits}}$`, description: `At most ${digits} hex digits.` });
// Empty for root spans of some exporters and for odd ids of foreign writers: what is stored is shown.
export const StoredId = Type.String();

const text = (description: string) => Type.String({ minLength: 1, maxLength: 1024, description });
const texts = (description: string) =>
  Type.Array(text(description), { maxItems: 50, description: `${description} Repeated: any of them.` });

export const range = {
  from: Type.Optional(
    Type.String({
      maxLength: 40,
      description: "Start, inclusive: RFC 3339 or Unix milliseconds. Default: one hour before `to`.",
    }),
  ),
  to: Type.Optional(
    Type.String({
      maxLength: 40,
      description: "End, exclusive: RFC 3339 or Unix milliseconds. Default: now.",
    }),
  ),
};

export const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: "Default 50." })),
  cursor: Type.Optional(Type.String({ maxLength: 4096, description: "`nextCursor` of the page before." })),
};

export const ProfileType = Type.Union(
  [
    Type.Literal("wall"),
    Type.Literal("cpu"),
    Type.Literal("heap_inuse"),
    Type.Literal("heap_alloc"),
    Type.Literal("loop_hold"),
  ],
  {
    description:
      "Default wall. loop_hold: how long others were delayed by the code that held the loop. heap_inuse: bytes alive in the latest " +
      "heap profile of each thread within the range. heap_alloc: bytes allocated within it.",
  },
);
export const TimeType = Type.Union([Type.Literal("wall"), Type.Literal("cpu"), Type.Literal("loop_hold")], {
  description: "Default wall. loop_hold: how long it delayed others.",
});
export const ExportFormat = Type.Union(
  [Type.Literal("json"), Type.Literal("pprof"), Type.Literal("collapsed"), Type.Literal("speedscope")],
  { description: "Default json." },
);

const bound = (what: string) =>
  Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1e9,
      description: `Only samples of requests that took ${what} so many milliseconds: spans of \`operation\`, else spans that came in.`,
    }),
  );
/** Of how long the spans took that samples belong to. */
const durations = { minMs: bound("at least"), maxMs: bound("at most") };

export const selection = {
  service: Type.Optional(texts("service.name.")),
  operation: Type.Optional(texts("Span name.")),
  endpoint: Type.Optional(texts("Name of the local root, as `GET /cart`.")),
  version: Type.Optional(texts("service.version.")),
  environment: Type.Optional(texts("deployment.environment.name.")),
  zone: Type.Optional(texts("cloud.availability_zone.")),
  instance: Type.Optional(texts("Process, 32 hex digits (span attribute `hotspan.instance`).")),
  thread: Type.Optional(
    Type.Array(Type.Integer({ minimum: 0, maximum: 4294967295 }), {
      maxItems: 50,
      description: "Node.js threadId; 0 is the main thread.",
    }),
  ),
  label: Type.Optional(texts("User label, `key:value`.")),
  ...durations,
  type: Type.Optional(ProfileType),
};

const time = (what: string) =>
  Type.Optional(
    Type.Union([Type.String({ maxLength: 40 }), Type.Integer({ minimum: 0 })], {
      description: `${what}: RFC 3339 or Unix milliseconds.`,
    }),
  );
/** In bodies milliseconds are numbers as well. */
export const bodyRange = {
  from: time("Start, inclusive. Default: one hour before `to`"),
  to: time("End, exclusive. Default: now"),
};

const oneOrMore = (what: string) =>
  Type.Optional(Type.Union([text(what), texts(what)], { description: `${what} Several: any of them.` }));
const threadId = Type.Integer({ minimum: 0, maximum: 4294967295 });
/** As `selection`, of a body: one value or a list of them. */
export const bodySelection = {
  service: oneOrMore("service.name."),
  operation: oneOrMore("Span name."),
  endpoint: oneOrMore("Name of the local root, as `GET /cart`."),
  version: oneOrMore("service.version."),
  environment: oneOrMore("deployment.environment.name."),
  zone: oneOrMore("cloud.availability_zone."),
  instance: oneOrMore("Process, 32 hex digits."),
  thread: Type.Optional(Type.Union([threadId, Type.Array(threadId, { maxItems: 50 })])),
  label: oneOrMore("User label, `key:value`."),
  ...durations,
  type: Type.Optional(ProfileType),
};

const pattern = (what: string) =>
  Type.Array(Type.String(), {
    maxItems: 20,
    description: `RE2 of 1 to 1000 characters over \`package/function file\`. ${what}`,
  });

export const filters = {
  focus: Type.Optional(pattern("Drops stacks without a matching frame; repeated: each must match.")),
  hide: Type.Optional(pattern("Folds matching frames into their visible parent.")),
  show: Type.Optional(pattern("Keeps matching frames only; repeated: any of them.")),
  highlight: Type.Optional(pattern("Marks matching frames, changes no number.")),
  maxNodes: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: 262144,
      description: "Default 16384. What is beyond is folded into one `other` per parent.",
    }),
  ),
};

const onePattern = (what: string) => {
  const list = pattern(what);
  return Type.Optional(Type.Union([list.items, list], { description: what }));
};
/** As `filters`, of a body: one pattern or a list of them. */
export const bodyFilters = {
  focus: onePattern("Drops stacks without a matching frame; several: each must match."),
  hide: onePattern("Folds matching frames into their visible parent."),
  show: onePattern("Keeps matching frames only; several: any of them."),
  highlight: onePattern("Marks matching frames, changes no number."),
};

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: "One of a closed list." }),
    requestId: Type.String(),
    field: Type.Optional(Type.String({ description: "The parameter or body field at fault." })),
  },
  { description: "RFC 9457 problem details." },
);

/** A status every endpoint may answer with, for the OpenAPI document. */
export const problems = {
  "4xx": {
    description: "The request is at fault.",
    content: { "application/problem+json": { schema: Problem } },
  },
  "5xx": {
    description: "The service is at fault.",
    content: { "application/problem+json": { schema: Problem } },
  },
};
