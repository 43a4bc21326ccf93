import { LIMITS, type Limits, ProtoReader, readPprof, readPprofValues, WireError } from "@hotspan/wire";
import { DecodeError } from "../errors.ts";
import { readStacks } from "../stacks.ts";
import { checkTime, digest, instanceOf, type PlainProfile, type PlainSample, spanOf } from "./profile.ts";

/**
 * Reads a pprof profile whose samples may carry the labels `span_id` (alias `profile_id`, 16 hex digits) and `trace_id`
 * (32). Its values are `wall` and `cpu` in a unit of time, or counts of a period that the profile tells; or those of a heap.
 * @param service who was profiled: nothing in the format says so
 * @throws WireError or DecodeError
 */
export function readPlainPprof(
  bytes: Uint8Array,
  service: string,
  recordMs: number,
  limits: Limits = LIMITS,
): PlainProfile[] {
  const pprof = readPprof(bytes, limits);
  const values = readPprofValues(bytes, limits);
  const { timeMicros, spans, nanosOf } = readMore(bytes, limits);
  // A profile without a time is one of now.
  const micros = timeMicros === 0 ? recordMs * 1000 : timeMicros;
  checkTime(micros, recordMs, limits);
  const all = Uint32Array.from({ length: pprof.samples }, (_, i) => i + 1);
  const stacks = readStacks(pprof, all, limits);
  const wall = values.get("wall");
  const cpu = values.get("cpu");
  const heaps = (["inuse", "alloc"] as const).flatMap((name) => {
    const space = values.get(`${name}_space`);
    return space === undefined ? [] : [{ name, space, objects: values.get(`${name}_objects`) }];
  });
  const time = wall ?? cpu;
  if (time === undefined && heaps.length === 0)
    throw new DecodeError(
      "HOTSPAN_DECODE_UNKNOWN_VALUES",
      `values of ${[...values.keys()].join(", ")}; known are wall, cpu, inuse_space and alloc_space`,
    );
  const nanos = nanosOf(wall === undefined ? "cpu" : "wall", time);
  const cpuNanos = nanosOf("cpu", cpu);
  const samples: PlainSample[] = [];
  for (let i = 0; i < pprof.samples; i++) {
    const span = spans.get(i) ?? { traceId: "", spanId: "" };
    const at = { ...span, stack: (stacks.ofSample[i] as number) - 1, micros, thread: 0 };
    const value = (time?.[i] ?? 0) * nanos;
    if (value > 0)
      samples.push({ ...at, type: "wall", value, cpuNano: (cpu?.[i] ?? 0) * cpuNanos, objects: 0 });
    for (const { name, space, objects } of heaps) {
      const size = space[i] as number;
      if (size > 0)
        samples.push({ ...at, type: `heap_${name}`, value: size, cpuNano: 0, objects: objects?.[i] ?? 0 });
    }
  }
  const resource = { "service.name": service };
  const key = { instance: digest(bytes), thread: 0, startMicros: BigInt(micros), part: 0 };
  return [{ service, resource, instance: instanceOf(resource), key, stacks, samples }];
}

interface More {
  /** Unix µs; 0: not said. */
  readonly timeMicros: number;
  /** By sample. */
  readonly spans: ReadonlyMap<number, { readonly traceId: string; readonly spanId: string }>;
  /** What one of a type's values stands for; 0 if there are none of it. Throws DecodeError where nothing tells. */
  readonly nanosOf: (type: string, values: Float64Array | undefined) => number;
}

const NANOS: Readonly<Record<string, number>> = {
  nanoseconds: 1,
  microseconds: 1000,
  milliseconds: 1e6,
  seconds: 1e9,
  // Said by nobody: what all others write.
  "": 1,
};

/** What windows carry elsewhere: the time, units, and the labels that name spans. */
function readMore(bytes: Uint8Array, limits: Limits): More {
  const reader = new ProtoReader(bytes);
  const strings: [start: number, end: number][] = [];
  const labels: [sample: number, key: number, text: number][] = [];
  const types: ValueType[] = [];
  let periodType: ValueType = [0, 0];
  let period = 0;
  let timeMicros = 0;
  let sample = 0;
  while (reader.next()) {
    if (reader.field === 1) {
      reader.message((r) => types.push(readType(r)));
    } else if (reader.field === 11) {
      reader.message((r) => {
        periodType = readType(r);
      });
    } else if (reader.field === 12) {
      reader.expect(0);
      period = Number(BigInt.asIntN(64, reader.uint64()));
    } else if (reader.field === 6) {
      reader.message((r) => strings.push([r.position, r.end]));
    } else if (reader.field === 9) {
      reader.expect(0);
      timeMicros = Number(BigInt.asIntN(64, reader.uint64()) / 1000n);
    } else if (reader.field === 2) {
      reader.message((r) => readLabels(r, sample, labels));
      sample++;
    } else reader.skip();
    if (labels.length > limits.labels)
      throw new WireError("HOTSPAN_WIRE_TOO_MANY_LABELS", `over ${limits.labels} labels of samples`);
  }
  const text = (index: number): string => {
    const [start, end] = strings[index] ?? [0, 0];
    // Longer than any id: of no interest.
    return end - start > 64 ? "" : reader.buffer.toString("latin1", start, end);
  };
  const ids = new Map<number, { trace?: string; span?: string }>();
  for (const [of, key, value] of labels) {
    const name = text(key);
    if (name !== "trace_id" && name !== "span_id" && name !== "profile_id") continue;
    const found = ids.get(of) ?? {};
    if (name === "trace_id") found.trace = text(value);
    else if (name === "span_id" || found.span === undefined) found.span = text(value);
    ids.set(of, found);
  }
  const nanosOf = (type: string, values: Float64Array | undefined): number => {
    if (values === undefined) return 0;
    // Of two of one name the last has the values.
    const unit = text(types.findLast(([name]) => text(name) === type)?.[1] ?? 0);
    const known = unit === "count" ? period * (NANOS[text(periodType[1])] ?? 0) : (NANOS[unit] ?? 0);
    if (known > 0) return known;
    throw new DecodeError(
      "HOTSPAN_DECODE_UNKNOWN_VALUES",
      unit === "count"
        ? `${type} counts samples, and nothing says what period one stands for`
        : `${type} is in ${unit}, which is no unit of time`,
    );
  };
  return {
    nanosOf,
    timeMicros,
    spans: new Map(Array.from(ids, ([of, { trace = "", span = "" }]) => [of, spanOf(trace, span)])),
  };
}

/** Name and unit, as strings of the table. */
type ValueType = readonly [type: number, unit: number];

function readType(reader: ProtoReader): ValueType {
  let type = 0;
  let unit = 0;
  while (reader.next()) {
    if (reader.field === 1) type = reader.uint();
    else if (reader.field === 2) unit = reader.uint();
    else reader.skip();
  }
  return [type, unit];
}

function readLabels(reader: ProtoReader, sample: number, into: [number, number, number][]): void {
  while (reader.next()) {
    if (reader.field !== 3) {
      reader.skip();
      continue;
    }
    let key = 0;
    let text = 0;
    reader.message((r) => {
      while (r.next()) {
        if (r.field === 1) key = r.uint();
        else if (r.field === 2) text = r.uint();
        else r.skip();
      }
    });
    if (text !== 0) into.push([sample, key, text]);
  }
}
