import { Type } from "typebox";
import { closed, Count } from "./common.ts";

export const SqlFormat = Type.Union([
  Type.Literal("json"),
  Type.Literal("ndjson"),
  Type.Literal("csv"),
  Type.Literal("parquet"),
]);

export const SqlBody = Type.Object(
  {
    query: Type.String({
      minLength: 1,
      maxLength: 100_000,
      description: "One read-only statement, with {name:Type} parameters.",
    }),
    params: Type.Optional(
      Type.Record(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$" }), Type.Unknown(), {
        description: "Values of the parameters.",
        maxProperties: 100,
        additionalProperties: false,
      }),
    ),
    format: Type.Optional(SqlFormat),
    maxRows: Type.Optional(Type.Integer({ minimum: 1, description: "Default 10000; capped at 100000." })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, description: "Default 10000; capped at 30000." })),
  },
  closed,
);

export const SqlResult = Type.Object({
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  rows: Type.Array(Type.Array(Type.Unknown()), { description: "64-bit integers are text." }),
  rowCount: Count,
  truncated: Type.Boolean(),
  elapsedMs: Type.Number(),
  readRows: Count,
  readBytes: Count,
});

/** Of a query that runs. */
export const SqlProgress = Type.Object({
  elapsedMs: Type.Number(),
  readRows: Count,
  readBytes: Count,
  totalRows: Type.Integer({ minimum: 0, description: "Rows to be read, as far as is known; 0: it is not." }),
});

export const SchemaQuery = Type.Object({}, closed);
export const SchemaAnswer = Type.Object({
  tables: Type.Array(
    Type.Object({
      name: Type.String(),
      comment: Type.String(),
      columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String(), comment: Type.String() })),
    }),
  ),
  views: Type.Array(
    Type.Object({
      name: Type.String(),
      comment: Type.String(),
      params: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
      example: Type.String({ description: "A statement that runs as it stands." }),
    }),
  ),
});
