import { ProtoWriter } from "@hotspan/wire";
import {
  bad,
  either,
  integer,
  type Json,
  object,
  objects,
  optional,
  parse,
  text,
} from "../otlp/json-fields.ts";
import { doubleText } from "../otlp/value.ts";

/**
 * An OTLP ProfilesData in JSON as protobuf, as far as it is read there: so one reader, and one set of limits, is behind both.
 * Ids are hex, as the Collector writes them.
 * @throws WireError or DecodeError
 */
export function profilesFromJson(bytes: Uint8Array): Uint8Array {
  const out = new ProtoWriter(bytes.length);
  write(out, object(parse(bytes), "the message"), PROFILES_DATA);
  return out.finish();
}

type Kind =
  | "string"
  | "hex"
  /** 64 bits or less, with or without sign. */
  | "int"
  | "fixed64"
  /** An AnyValue. */
  | "value"
  | { readonly message: Fields };

/** By the name of the field in JSON. */
type Fields = Readonly<
  Record<string, { readonly field: number; readonly kind: Kind; readonly repeated?: true }>
>;

const one = (field: number, kind: Kind | Fields): Fields[string] => ({ field, kind: kindOf(kind) });
const many = (field: number, kind: Kind | Fields): Fields[string] => ({
  ...one(field, kind),
  repeated: true,
});

function kindOf(kind: Kind | Fields): Kind {
  return typeof kind === "string" || "message" in kind ? (kind as Kind) : { message: kind };
}

// https://github.com/open-telemetry/opentelemetry-proto, profiles/v1development of 1.11: what `otlp.ts` reads of it.
const KEY_VALUE: Fields = { key: one(1, "string"), value: one(2, "value"), keyStrindex: one(3, "int") };
const VALUE_TYPE: Fields = { typeStrindex: one(1, "int"), unitStrindex: one(2, "int") };
const SAMPLE: Fields = {
  stackIndex: one(1, "int"),
  attributeIndices: many(2, "int"),
  linkIndex: one(3, "int"),
  values: many(4, "int"),
  timestampsUnixNano: many(5, "fixed64"),
};
const PROFILE: Fields = {
  sampleType: one(1, VALUE_TYPE),
  samples: many(2, SAMPLE),
  timeUnixNano: one(3, "fixed64"),
  durationNano: one(4, "int"),
  periodType: one(5, VALUE_TYPE),
  period: one(6, "int"),
  profileId: one(7, "hex"),
};
const LINE: Fields = { functionIndex: one(1, "int"), line: one(2, "int"), column: one(3, "int") };
const DICTIONARY: Fields = {
  locationTable: many(2, { lines: many(3, LINE) }),
  functionTable: many(3, { nameStrindex: one(1, "int"), filenameStrindex: one(3, "int") }),
  linkTable: many(4, { traceId: one(1, "hex"), spanId: one(2, "hex") }),
  stringTable: many(5, "string"),
  attributeTable: many(6, { keyStrindex: one(1, "int"), value: one(2, "value") }),
  stackTable: many(7, { locationIndices: many(1, "int") }),
};
const PROFILES_DATA: Fields = {
  resourceProfiles: many(1, {
    resource: one(1, { attributes: many(1, KEY_VALUE) }),
    scopeProfiles: many(2, { profiles: many(2, PROFILE) }),
  }),
  dictionary: one(2, DICTIONARY),
};

function write(out: ProtoWriter, json: Json, fields: Fields): void {
  for (const [name, { field, kind, repeated }] of Object.entries(fields)) {
    const given = either(json, name, snake(name));
    if (given === undefined || given === null) continue;
    if (repeated !== true) writeOne(out, field, kind, given);
    else if (typeof kind === "object")
      for (const entry of objects(json, name, snake(name))) writeOne(out, field, kind, entry);
    else if (!Array.isArray(given)) throw bad(`${name} is no array`);
    else for (const entry of given as readonly unknown[]) writeOne(out, field, kind, entry);
  }
}

function writeOne(out: ProtoWriter, field: number, kind: Kind, given: unknown): void {
  switch (kind) {
    case "string":
      out.stringAlways(field, text(given));
      return;
    case "hex":
      out.hex(field, text(given));
      return;
    case "int":
      out.uint64Always(field, integer(given));
      return;
    case "fixed64":
      out.fixed64(field, integer(given));
      return;
    case "value": {
      const start = out.begin(field);
      writeValue(out, optional(given) ?? {});
      out.end(start);
      return;
    }
    default: {
      const start = out.begin(field);
      write(out, object(given, "a field"), kind.message);
      out.end(start);
    }
  }
}

/** A scalar as the text that the reader makes of it; arrays, maps and bytes, which no column takes, as nothing. */
function writeValue(out: ProtoWriter, value: Json): void {
  const reference = either(value, "stringValueStrindex", "string_value_strindex");
  if (reference !== undefined) {
    out.uint64Always(8, integer(reference));
    return;
  }
  const string = either(value, "stringValue", "string_value");
  const bool = either(value, "boolValue", "bool_value");
  const int = either(value, "intValue", "int_value");
  const double = either(value, "doubleValue", "double_value");
  if (string !== undefined) out.stringAlways(1, text(string));
  else if (bool !== undefined) out.stringAlways(1, String(bool === true || bool === "true"));
  else if (int !== undefined) out.stringAlways(1, String(BigInt.asIntN(64, integer(int))));
  else if (typeof double === "number") out.stringAlways(1, doubleText(double));
  else if (double !== undefined) out.stringAlways(1, text(double));
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
