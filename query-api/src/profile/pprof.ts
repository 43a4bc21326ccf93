import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Function as Fn, Label, Line, Location, Profile, Sample, StringTable, ValueType } from "pprof-format";
import { type SampleSet, unitOf } from "./frames.ts";

const names = { heap_inuse: "inuse_space", heap_alloc: "alloc_space", loop_hold: "delay" } as const;

/** A pprof profile: wall and cpu in ns (heap types: bytes; loop holds: the delay of others in ns), labels trace_id and span_id where samples were read by span. */
export function toPprof(set: SampleSet): Uint8Array {
  const strings = new StringTable();
  const text = (value: string): number => strings.dedup(value);
  const valueType = (type: string, unit: string): ValueType =>
    new ValueType({ type: text(type), unit: text(unit) });
  const timed = set.type === "wall" || set.type === "cpu";
  const traceKey = text("trace_id");
  const spanKey = text("span_id");
  const functions: Fn[] = [];
  const locations: Location[] = [];
  const ids = new Map<number, number>();
  const locate = (source: number): number => {
    const known = ids.get(source);
    if (known !== undefined) return known;
    const frame = set.frames[source]!;
    const id = functions.length + 1;
    ids.set(source, id);
    functions.push(
      new Fn({
        id,
        name: text(frame.function),
        systemName: text(frame.function),
        filename: text(frame.file ?? ""),
        startLine: frame.line ?? 0,
      }),
    );
    locations.push(new Location({ id, line: [new Line({ functionId: id, line: frame.line ?? 0 })] }));
    return id;
  };
  const sample = set.stacks.map((one) => {
    const label: Label[] = [];
    if (one.traceId) label.push(new Label({ key: traceKey, str: text(one.traceId) }));
    if (one.spanId) label.push(new Label({ key: spanKey, str: text(one.spanId) }));
    return new Sample({
      locationId: Array.from(one.stack, locate),
      value: timed ? [one.wall, one.cpu] : [one.wall],
      label,
    });
  });
  const sampleType =
    set.type === "wall" || set.type === "cpu"
      ? [valueType("wall", "nanoseconds"), valueType("cpu", "nanoseconds")]
      : [valueType(names[set.type], unitOf(set.type))];
  const profile = new Profile({
    sampleType,
    sample,
    location: locations,
    function: functions,
    timeNanos: set.startUnixNano,
    durationNanos: set.endUnixNano - set.startUnixNano,
    periodType: unitOf(set.type) === "bytes" ? valueType("space", "bytes") : valueType("wall", "nanoseconds"),
    period: set.periodNano,
    defaultSampleType: timed ? text(set.type) : text(names[set.type as keyof typeof names]),
    stringTable: strings,
  });
  return profile.encode();
}

const gzipAsync = promisify(gzip);

export async function toPprofGzip(set: SampleSet): Promise<Buffer> {
  return gzipAsync(toPprof(set));
}
