import { isUtf8 } from "node:buffer";
import { WireError } from "../errors.ts";
import { atMost, LIMITS, type Limits } from "../limits.ts";
import { ProtoReader } from "../proto/reader.ts";
import { BYTES } from "../proto/writer.ts";
import { IdIndex } from "./id-index.ts";
import { Ranges } from "./ranges.ts";

/**
 * A pprof Profile (https://github.com/google/pprof/blob/main/proto/profile.proto) in columns: frames and samples, no
 * object per sample. Values and labels of samples are not read: ticks and the label table say the same, exactly.
 */
export interface Pprof {
  /** Number of samples. */
  readonly samples: number;
  /** Locations of sample s, leaf first: `sampleLocations[sampleStart[s] … sampleStart[s + 1])`, indexes of locations. */
  readonly sampleStart: Uint32Array;
  readonly sampleLocations: Uint32Array;
  /** Lines of location l, innermost (inlined) first: `[lineStart[l] … lineStart[l + 1])` of the line columns. */
  readonly lineStart: Uint32Array;
  /** Index of a function; `functions` when the line has none. */
  readonly lineFunction: Uint32Array;
  /** 0: unknown. */
  readonly lineNumber: Uint32Array;
  readonly lineColumn: Uint32Array;
  /** Number of functions. The name columns have one entry more, the nameless function. */
  readonly functions: number;
  /** Indexes of strings. */
  readonly functionName: Uint32Array;
  readonly functionFile: Uint32Array;
  /** Decodes one entry of the string table: UTF-8, at most `frameLength` bytes. */
  string(index: number): string;
}

/**
 * Ids of functions and locations above 2^53, which no sampler's numbering reaches, are refused.
 * @throws WireError HOTSPAN_WIRE_BAD_PPROF, or the code of the limit that was passed.
 */
export function readPprof(bytes: Uint8Array, limits: Limits = LIMITS): Pprof {
  const reader = new ProtoReader(bytes);
  const samples = new Ranges(limits.samples, "HOTSPAN_WIRE_TOO_MANY_SAMPLES", "samples");
  const locations = new Ranges(limits.frames, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "locations");
  const functions = new Ranges(limits.frames, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "functions");
  const strings = new Ranges(limits.frames, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "strings");
  // Writers put samples before the locations they name, so: where everything lies first, then what it says.
  while (reader.next()) {
    if (reader.field === 2) samples.take(reader);
    else if (reader.field === 4) locations.take(reader);
    else if (reader.field === 5) functions.take(reader);
    else if (reader.field === 6) strings.take(reader);
    else reader.skip();
  }
  const functionColumns = readFunctions(reader, functions, strings.length);
  const locationColumns = readLocations(reader, locations, functionColumns.ids, limits);
  const sampleColumns = readSamples(reader, samples, locationColumns, limits);
  const cache: (string | undefined)[] = [];
  return {
    samples: samples.length,
    ...sampleColumns,
    lineStart: locationColumns.lineStart,
    lineFunction: locationColumns.lineFunction,
    lineNumber: locationColumns.lineNumber,
    lineColumn: locationColumns.lineColumn,
    functions: functions.length,
    functionName: functionColumns.name,
    functionFile: functionColumns.file,
    string: (index) => (cache[index] ??= readString(bytes, strings, index, limits)),
  };
}

function readString(bytes: Uint8Array, strings: Ranges, index: number, limits: Limits): string {
  if (index >= strings.length) return "";
  const start = strings.start(index);
  const end = strings.end(index);
  atMost(end - start, limits.frameLength, "HOTSPAN_WIRE_FRAME_TOO_LONG", "bytes of a function or file name");
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8", start, end);
  if (text.includes("\ufffd") && !isUtf8(buffer.subarray(start, end)))
    throw bad("a string that is not UTF-8");
  return text;
}

function readFunctions(
  reader: ProtoReader,
  ranges: Ranges,
  strings: number,
): { ids: IdIndex; name: Uint32Array; file: Uint32Array } {
  const ids = new IdIndex(ranges.length);
  // One more: the function of a line that names none.
  const name = new Uint32Array(ranges.length + 1);
  const file = new Uint32Array(ranges.length + 1);
  for (let i = 0; i < ranges.length; i++) {
    ranges.enter(reader, i);
    let id = 0;
    while (reader.next()) {
      if (reader.field === 1) id = reader.uint();
      else if (reader.field === 2) name[i] = stringIndex(reader, strings);
      else if (reader.field === 4) file[i] = stringIndex(reader, strings);
      else reader.skip();
    }
    ids.set(id, i);
  }
  return { ids, name, file };
}

function stringIndex(reader: ProtoReader, strings: number): number {
  const index = reader.uint();
  if (index >= strings) throw bad(`string ${index} of ${strings}`);
  return index;
}

interface Locations {
  readonly ids: IdIndex;
  readonly lineStart: Uint32Array;
  readonly lineFunction: Uint32Array;
  readonly lineNumber: Uint32Array;
  readonly lineColumn: Uint32Array;
}

function readLocations(reader: ProtoReader, ranges: Ranges, functions: IdIndex, limits: Limits): Locations {
  const ids = new IdIndex(ranges.length);
  const lineStart = new Uint32Array(ranges.length + 1);
  const lineFunction: number[] = [];
  const lineNumber: number[] = [];
  const lineColumn: number[] = [];
  for (let i = 0; i < ranges.length; i++) {
    ranges.enter(reader, i);
    let id = 0;
    while (reader.next()) {
      if (reader.field === 1) id = reader.uint();
      else if (reader.field === 4) {
        let functionIndex = functions.length;
        let number = 0;
        let column = 0;
        reader.message((r) => {
          while (r.next()) {
            if (r.field === 1) functionIndex = known(functions, r.uint(), "function");
            else if (r.field === 2) number = r.uint32OrZero();
            else if (r.field === 3) column = r.uint32OrZero();
            else r.skip();
          }
        });
        lineFunction.push(functionIndex);
        lineNumber.push(number);
        lineColumn.push(column);
      } else reader.skip();
    }
    ids.set(id, i);
    atMost(lineFunction.length, limits.frames, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "lines");
    lineStart[i + 1] = lineFunction.length;
  }
  return {
    ids,
    lineStart,
    lineFunction: Uint32Array.from(lineFunction),
    lineNumber: Uint32Array.from(lineNumber),
    lineColumn: Uint32Array.from(lineColumn),
  };
}

function readSamples(
  reader: ProtoReader,
  ranges: Ranges,
  locations: Locations,
  limits: Limits,
): { sampleStart: Uint32Array; sampleLocations: Uint32Array } {
  const sampleStart = new Uint32Array(ranges.length + 1);
  let flat = new Uint32Array(Math.max(64, ranges.length * 24));
  let length = 0;
  const reserve = (more: number): void => {
    if (length + more <= flat.length) return;
    const larger = new Uint32Array(Math.max(length + more, flat.length * 2));
    larger.set(flat.subarray(0, length));
    flat = larger;
  };
  for (let i = 0; i < ranges.length; i++) {
    ranges.enter(reader, i);
    const first = length;
    while (reader.next()) {
      if (reader.field !== 1) {
        reader.skip();
        continue;
      }
      if (reader.wireType === BYTES) {
        const outer = reader.end;
        reader.end = reader.packedEnd();
        // An id takes a byte at least: what passes the limit is refused before there is room for it.
        reserve(Math.min(reader.end - reader.position, limits.depth + 1));
        while (reader.position < reader.end) {
          flat[length++] = known(locations.ids, reader.safeUint64(), "location");
          if (length - first > limits.depth) tooDeep(length - first, limits);
        }
        reader.end = outer;
      } else {
        reserve(1);
        flat[length++] = known(locations.ids, reader.uint(), "location");
      }
    }
    let depth = 0;
    for (let l = first; l < length; l++) {
      const location = flat[l] as number;
      depth += (locations.lineStart[location + 1] as number) - (locations.lineStart[location] as number);
    }
    tooDeep(Math.max(depth, length - first), limits);
    sampleStart[i + 1] = length;
    atMost(length, limits.frames * 4, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "frames");
  }
  return { sampleStart, sampleLocations: flat.slice(0, length) };
}

function tooDeep(frames: number, limits: Limits): void {
  atMost(frames, limits.depth, "HOTSPAN_WIRE_STACK_TOO_DEEP", "frames in one stack");
}

function known(index: IdIndex, id: number, what: string): number {
  const found = index.get(id);
  if (found === undefined) throw bad(`no ${what} has the id ${id}`);
  return found;
}

function bad(what: string): WireError {
  return new WireError("HOTSPAN_WIRE_BAD_PPROF", `the pprof section: ${what}`);
}
