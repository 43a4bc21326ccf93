import { WireError } from "../errors.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { ProtoReader } from "../proto/reader.ts";
import { BYTES } from "../proto/writer.ts";
import { Ranges } from "./ranges.ts";

/**
 * The values of a pprof Profile by the name of their type (`inuse_space`), one per sample in the order of `readPprof`.
 * @throws WireError HOTSPAN_WIRE_BAD_PPROF also where a sample lacks one, or has one that is negative or above 2^53
 */
export function readPprofValues(
  bytes: Uint8Array,
  limits: Limits = LIMITS,
): ReadonlyMap<string, Float64Array> {
  const reader = new ProtoReader(bytes);
  const types = new Ranges(MOST_TYPES, "HOTSPAN_WIRE_BAD_PPROF", "value types");
  const samples = new Ranges(limits.samples, "HOTSPAN_WIRE_TOO_MANY_SAMPLES", "samples");
  const strings = new Ranges(limits.frames, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "strings");
  while (reader.next()) {
    if (reader.field === 1) types.take(reader);
    else if (reader.field === 2) samples.take(reader);
    else if (reader.field === 6) strings.take(reader);
    else reader.skip();
  }
  const columns: Float64Array[] = [];
  const byName = new Map<string, Float64Array>();
  for (let i = 0; i < types.length; i++) {
    types.enter(reader, i);
    let name = 0;
    while (reader.next()) {
      if (reader.field === 1) name = reader.uint();
      else reader.skip();
    }
    if (name >= strings.length) throw bad(`string ${name} of ${strings.length}`);
    const column = new Float64Array(samples.length);
    columns.push(column);
    byName.set(Buffer.from(bytes.subarray(strings.start(name), strings.end(name))).toString(), column);
  }
  for (let sample = 0; sample < samples.length; sample++) {
    samples.enter(reader, sample);
    let read = 0;
    const take = (value: number): void => {
      const column = columns[read++];
      if (column !== undefined) column[sample] = value;
    };
    while (reader.next()) {
      if (reader.field !== 2) reader.skip();
      else if (reader.wireType === BYTES) {
        const outer = reader.end;
        reader.end = reader.packedEnd();
        while (reader.position < reader.end) take(reader.safeUint64());
        reader.end = outer;
      } else take(reader.uint());
    }
    if (read !== columns.length) throw bad(`a sample of ${read} values, not ${columns.length}`);
  }
  return byName;
}

/** Go's profiles have four; any more would be memory for each sample. */
const MOST_TYPES = 16;

function bad(what: string): WireError {
  return new WireError("HOTSPAN_WIRE_BAD_PPROF", `the pprof section: ${what}`);
}
