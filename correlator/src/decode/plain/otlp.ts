import { LIMITS, type Limits, ProtoReader, WireError } from "@hotspan/wire";
import { DecodeError } from "../errors.ts";
import { readStacks } from "../stacks.ts";
import { profilesFromJson } from "./otlp-json.ts";
import { type Dictionary, readDictionary, readValueText } from "./otlp-dictionary.ts";
import { checkTime, digest, instanceOf, type PlainProfile, type PlainSample, spanOf } from "./profile.ts";
import { type Meaning, meaningOf, periodMeaning } from "./values.ts";

/**
 * Reads the profiles of an OTLP ProfilesData, `v1development` of proto 1.11
 * (https://github.com/open-telemetry/opentelemetry-proto, profiles/v1development). Those of types the store has no column
 * for are left out; if none is left, the message is refused.
 * @param recordMs the record's own time, as for windows
 * @param json whether it is OTLP/JSON; by default a brace tells, which begins no message of protobuf here
 * @throws WireError or DecodeError
 */
export function readOtlpProfiles(
  given: Uint8Array,
  recordMs: number,
  limits: Limits = LIMITS,
  json: boolean = given[0] === 0x7b,
): PlainProfile[] {
  const bytes = json ? profilesFromJson(given) : given;
  const reader = new ProtoReader(bytes);
  let dictionary: Uint8Array | undefined;
  const resources: [start: number, end: number][] = [];
  while (reader.next()) {
    if (reader.field === 1) {
      reader.message((r) => resources.push([r.position, r.end]));
    } else if (reader.field === 2) dictionary = reader.view();
    else reader.skip();
  }
  const context: Context = {
    dictionary: readDictionary(dictionary ?? new Uint8Array(0), limits),
    recordMs,
    limits,
    message: digest(bytes),
    profiles: [],
    rows: 0,
    unknown: new Set(),
  };
  for (const [start, end] of resources) {
    reader.position = start;
    reader.end = end;
    readResource(reader, context);
  }
  if (context.profiles.length === 0 && context.unknown.size > 0)
    throw new DecodeError(
      "HOTSPAN_DECODE_UNKNOWN_VALUES",
      `values of ${[...context.unknown].join(", ")}; known are cpu, wall, off_cpu (time), inuse_space and alloc_space (bytes)`,
    );
  return context.profiles;
}

interface Context {
  readonly dictionary: Dictionary;
  readonly recordMs: number;
  readonly limits: Limits;
  /** Digest of the message. */
  readonly message: string;
  readonly profiles: PlainProfile[];
  /** Of all profiles so far. */
  rows: number;
  /** Types of profiles that were left out. */
  readonly unknown: Set<string>;
}

function readResource(reader: ProtoReader, context: Context): void {
  const resource: Record<string, string> = {};
  const { position } = reader;
  // A writer may put the resource behind its profiles: one pass for each.
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    reader.message((r) => {
      while (r.next()) {
        if (r.field === 1) readKeyValue(r, context, resource);
        else r.skip();
      }
    });
  }
  reader.position = position;
  while (reader.next()) {
    if (reader.field !== 2) {
      reader.skip();
      continue;
    }
    reader.message((r) => {
      while (r.next()) {
        if (r.field === 2) r.message(() => readProfile(r, resource, context));
        else r.skip();
      }
    });
  }
}

/** A KeyValue of the resource: key and text may be indexes of the string table. */
function readKeyValue(
  reader: ProtoReader,
  { dictionary, limits }: Context,
  into: Record<string, string>,
): void {
  let key = "";
  let value = "";
  reader.message((r) => {
    while (r.next()) {
      if (r.field === 1) key = r.string();
      else if (r.field === 2) value = readValueText(r, dictionary.string);
      else if (r.field === 3) key = dictionary.string(r.uint());
      else r.skip();
    }
  });
  if (key.length > limits.nameLength)
    throw new WireError("HOTSPAN_WIRE_STRING_TOO_LONG", "a key of the resource is too long");
  if (value.length > limits.valueLength)
    throw new WireError("HOTSPAN_WIRE_VALUE_TOO_LONG", "a resource attribute is too long");
  if (Object.keys(into).length >= limits.resourceAttributes)
    throw new WireError(
      "HOTSPAN_WIRE_TOO_MANY_ATTRIBUTES",
      `over ${limits.resourceAttributes} of the resource`,
    );
  into[key] = value;
}

interface RawSample {
  stack: number;
  link: number;
  thread: number;
  values: number[];
  micros: number[];
}

function readProfile(
  reader: ProtoReader,
  resource: Readonly<Record<string, string>>,
  context: Context,
): void {
  const { dictionary, limits, recordMs } = context;
  const samples: RawSample[] = [];
  let sampleType: ValueType = ["", ""];
  let periodType: ValueType = ["", ""];
  let period = 0;
  let startMicros = 0;
  let id = "";
  let values = 0;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        sampleType = readValueType(reader, dictionary);
        break;
      case 2: {
        const sample = readSample(reader, context);
        values += Math.max(1, sample.values.length, sample.micros.length);
        if (context.rows + values > limits.samples)
          throw new WireError("HOTSPAN_WIRE_TOO_MANY_SAMPLES", `over ${limits.samples} in one message`);
        samples.push(sample);
        break;
      }
      case 3:
        startMicros = micros(reader);
        break;
      case 5:
        periodType = readValueType(reader, dictionary);
        break;
      case 6:
        period = reader.uint();
        break;
      case 7:
        id = reader.hex();
        break;
      default:
        reader.skip();
    }
  }
  const meaning = meaningOf(...sampleType, periodMeaning(...periodType, period));
  if (meaning === undefined) {
    context.unknown.add(sampleType.join("/"));
    return;
  }
  checkTime(startMicros, recordMs, limits);
  const used = Uint32Array.from(samples, ({ stack }) => stack + 1);
  const stacks = readStacks(dictionary.stacks, used, limits);
  const rows: PlainSample[] = [];
  for (const sample of samples) {
    const stack = (stacks.ofSample[sample.stack] as number) - 1;
    const at = { ...linkOf(sample.link, dictionary), stack, thread: sample.thread };
    for (const { micros: time, value } of observations(sample, startMicros)) {
      if (time !== startMicros) checkTime(time, recordMs, limits);
      rows.push({ ...at, micros: time, ...scaled(value, meaning) });
    }
  }
  context.rows += rows.length;
  const named = /[1-9a-f]/.test(id) && id.length === 32;
  context.profiles.push({
    service: resource["service.name"] ?? "",
    resource,
    instance: instanceOf(resource),
    key: {
      instance: named ? id : context.message,
      thread: 0,
      startMicros: BigInt(startMicros),
      part: named ? 0 : context.profiles.length,
    },
    stacks,
    samples: rows,
  });
}

type ValueType = readonly [type: string, unit: string];

function readValueType(reader: ProtoReader, { string }: Dictionary): ValueType {
  let type = "";
  let unit = "";
  reader.message((r) => {
    while (r.next()) {
      if (r.field === 1) type = string(r.uint());
      else if (r.field === 2) unit = string(r.uint());
      else r.skip();
    }
  });
  return [type, unit];
}

function readSample(reader: ProtoReader, { dictionary, limits }: Context): RawSample {
  const sample: RawSample = { stack: 0, link: 0, thread: 0, values: [], micros: [] };
  const push = (list: number[], value: number): void => {
    if (list.length >= limits.samples)
      throw new WireError("HOTSPAN_WIRE_TOO_MANY_SAMPLES", `over ${limits.samples} values`);
    list.push(value);
  };
  reader.message((r) => {
    while (r.next()) {
      switch (r.field) {
        case 1:
          sample.stack = r.uint();
          break;
        case 2:
          packed(r, 0, () => {
            sample.thread = dictionary.thread(r.safeUint64()) ?? sample.thread;
          });
          break;
        case 3:
          sample.link = r.uint();
          break;
        case 4:
          packed(r, 0, () => push(sample.values, r.safeUint64()));
          break;
        case 5:
          packed(r, 1, () => push(sample.micros, Number(r.fixed64() / 1000n)));
          break;
        default:
          r.skip();
      }
    }
  });
  return sample;
}

/** Values that were observed at a time each, or one for the whole profile; without values each time counts as 1. */
function observations(
  { values, micros: times }: RawSample,
  startMicros: number,
): { readonly micros: number; readonly value: number }[] {
  if (times.length === 0) return values.map((value) => ({ micros: startMicros, value }));
  if (values.length === 0) return times.map((time) => ({ micros: time, value: 1 }));
  if (values.length !== times.length)
    throw new DecodeError(
      "HOTSPAN_DECODE_BAD_OTLP",
      `a sample of ${values.length} values at ${times.length} times`,
    );
  return times.map((time, i) => ({ micros: time, value: values[i] as number }));
}

export function scaled(
  value: number,
  { type, cpu, scale }: Meaning,
): Pick<PlainSample, "type" | "value" | "cpuNano" | "objects"> {
  const total = value * scale;
  if (total > Number.MAX_SAFE_INTEGER)
    throw new WireError("HOTSPAN_WIRE_BAD_VALUE", "a sample's value is above 2^53");
  return { type, value: total, cpuNano: cpu ? total : 0, objects: 0 };
}

function linkOf(link: number, { links }: Dictionary): { readonly traceId: string; readonly spanId: string } {
  if (link === 0) return { traceId: "", spanId: "" };
  const found = links[link];
  if (found === undefined)
    throw new WireError("HOTSPAN_WIRE_BAD_REFERENCE", `link ${link} of ${links.length}`);
  return spanOf(...found);
}

function packed(reader: ProtoReader, wireType: number, read: () => void): void {
  if (reader.wireType !== 2) {
    reader.expect(wireType);
    read();
    return;
  }
  const outer = reader.end;
  reader.end = reader.packedEnd();
  while (reader.position < reader.end) read();
  reader.end = outer;
}

function micros(reader: ProtoReader): number {
  reader.expect(1);
  return Number(reader.fixed64() / 1000n);
}
