// Requests made from the committed OpenAPI document.
import fc from "fast-check";

/** As much of JSON Schema as the contract uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  /** Media types with their schemas, by status: `200`, `4XX`. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Schema }> }>;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody, responses }]) => ({
      operationId,
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content["application/json"]?.schema,
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, { content = {} }]) => [
          status,
          Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, schema])),
        ]),
      ),
    })),
  );
}

export interface Known {
  /** Values that mean something in the store, by the name of a parameter or field: most of those that are sent. */
  readonly mostly: Readonly<Record<string, readonly unknown[]>>;
  /** The only ones that make sense; a parameter without any is left out. */
  readonly only: Readonly<Record<string, readonly unknown[]>>;
  /** By operationId: bodies that fit together, half of those that are sent. */
  readonly bodies: Readonly<Record<string, readonly unknown[]>>;
}

export interface GeneratedRequest {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  /** Something was added or put in the place of a value that the contract does not allow, or perhaps does. */
  readonly spoilt: boolean;
}

const junk = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    "",
    "-1",
    "1e999",
    "null",
    "{}",
    "[]",
    "'",
    "\\",
    "\0",
    "\u{1F600}",
    "%00",
    "../../etc",
    "NaN",
  ),
  fc.integer().map(String),
);

/** Requests of one operation: most keep to the contract, a quarter has something else somewhere. */
export function requestsOf(operation: Operation, known: Known): fc.Arbitrary<GeneratedRequest> {
  const { method, path, parameters, body } = operation;
  const queries = parameters.filter((one) => one.in === "query" && known.only[one.name]?.length !== 0);
  const paths = parameters.filter((one) => one.in === "path");
  const given = (list: readonly Parameter[], all: boolean): fc.Arbitrary<Record<string, unknown>> =>
    fc.record(
      Object.fromEntries(list.map(({ name, schema }) => [name, valuesOf(schema, name, known)])),
      all ? {} : { requiredKeys: list.filter(({ required }) => required === true).map(({ name }) => name) },
    );
  return fc
    .record({
      query: given(queries, false),
      path: given(paths, true),
      body: body === undefined ? fc.constant(undefined) : bodies(operation.operationId, body, known),
      spoil: sometimes(
        fc.record({
          where: fc.constantFrom("query", "path", "body"),
          name: fc.oneof(
            fc.constantFrom(...queries.map(({ name }) => name), "unknown"),
            fc.string({ minLength: 1, maxLength: 8 }),
          ),
          value: junk,
        }),
      ),
    })
    .map(({ query, path: parts, body: sent, spoil }) => {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query))
        for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
      const filled = { ...parts };
      let content = sent;
      if (spoil !== null) {
        const { where, name, value } = spoil;
        const [first] = paths;
        if (where === "path" && first !== undefined && value !== "") filled[first.name] = value;
        else if (where === "body" && typeof sent === "object") content = { ...sent, [name]: value };
        else search.append(name, value);
      }
      const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(filled[name])));
      return {
        method,
        url: search.size === 0 ? at : `${at}?${search.toString()}`,
        body: content,
        spoilt: spoil !== null,
      };
    });
}

const sometimes = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: one });

function bodies(operationId: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const examples = known.bodies[operationId];
  const any = valuesOf(schema, "", known);
  return examples === undefined ? any : fc.oneof(fc.constantFrom(...examples), any);
}

/** What a schema allows; where values are known, mostly those. */
function valuesOf(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const any = allowed(schema, name, known);
  if (schema.type === "array") return any;
  const only = known.only[name];
  if (only !== undefined) return fc.constantFrom(...only);
  const list = known.mostly[name];
  if (list === undefined) return any;
  return fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...list) }, { weight: 1, arbitrary: any });
}

function allowed(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, name, known)));
  const { minimum = -1e6, maximum = 1e6 } = schema;
  switch (String(schema.type)) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: Math.ceil(minimum), max: Math.min(maximum, Math.max(minimum, 0) + 1e6) });
    case "number":
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case "string":
      return schema.pattern === undefined
        ? fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 30, 30) })
        : fc.stringMatching(new RegExp(schema.pattern));
    case "array": {
      const limits = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 3, 3) };
      const items = valuesOf(schema.items ?? {}, name, known);
      return schema.uniqueItems === true ? fc.uniqueArray(items, limits) : fc.array(items, limits);
    }
    case "object": {
      const { properties = {}, required = [] } = schema;
      return fc.record(
        Object.fromEntries(
          Object.entries(properties).map(([field, one]) => [field, valuesOf(one, field, known)]),
        ),
        { requiredKeys: [...required] },
      );
    }
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}
