import { atMost, type Limits, type Pprof, ProtoReader, WireError } from "@hotspan/wire";
import { int64Text } from "../otlp/protobuf.ts";
import { doubleText } from "../otlp/value.ts";

/** ProfilesDictionary: what the profiles of a message refer to by index. Entry 0 of each table is "none". */
export interface Dictionary {
  /** Throws HOTSPAN_WIRE_BAD_REFERENCE. */
  readonly string: (index: number) => string;
  /** Each stack as a sample of a pprof profile. */
  readonly stacks: Pprof;
  readonly links: readonly (readonly [traceId: string, spanId: string])[];
  /** The thread an attribute names; undefined if it names none. Throws HOTSPAN_WIRE_BAD_REFERENCE. */
  readonly thread: (attribute: number) => number | undefined;
}

/** @throws WireError */
export function readDictionary(bytes: Uint8Array, limits: Limits): Dictionary {
  const reader = new ProtoReader(bytes);
  // Locations, functions, links, strings, attributes, stacks: fields 2 to 7.
  const tables = Array.from({ length: 8 }, (): [start: number, end: number][] => []);
  let entries = 0;
  while (reader.next()) {
    const table = reader.field >= 2 && reader.field <= 7 ? tables[reader.field] : undefined;
    if (table === undefined) {
      reader.skip();
      continue;
    }
    reader.message((r) => table.push([r.position, r.end]));
    atMost(++entries, limits.frames, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "entries of the dictionary");
  }
  const [, , locations = [], functions = [], links = [], strings = [], attributes = [], stacks = []] = tables;
  const each = <T>(table: readonly (readonly [number, number])[], read: (r: ProtoReader) => T): T[] =>
    table.map(([start, end]) => {
      reader.position = start;
      reader.end = end;
      return read(reader);
    });
  atMost(links.length, limits.labels, "HOTSPAN_WIRE_TOO_MANY_LABELS", "links");
  // Two bytes of a message may become an object: what they are together is bounded while they are read.
  let frames = 0;
  const budget = (depth: number): void => {
    atMost(depth, limits.depth, "HOTSPAN_WIRE_STACK_TOO_DEEP", "frames in one stack");
    atMost(++frames, limits.frames, "HOTSPAN_WIRE_TOO_MANY_FRAMES", "frames and lines");
  };
  const threads = new Map<number, number | undefined>();
  const texts: (string | undefined)[] = [];
  const string = (index: number): string => {
    const range = entry(strings, index, "string");
    let text = texts[index];
    if (text === undefined) {
      const [start, end] = range;
      atMost(end - start, limits.frameLength, "HOTSPAN_WIRE_FRAME_TOO_LONG", "bytes of a string");
      text = reader.buffer.toString("utf8", start, end);
      texts[index] = text;
    }
    return text;
  };
  return {
    string,
    stacks: asPprof(
      each(stacks, (r) => readStack(r, budget)),
      each(locations, (r) => readLocation(r, budget)),
      each(functions, readFunction),
      { string, strings: strings.length, limits },
    ),
    links: each(links, readLink),
    thread(index) {
      const known = threads.get(index);
      if (known !== undefined || threads.has(index)) return known;
      const [start, end] = entry(attributes, index, "attribute");
      const own = new ProtoReader(bytes);
      own.position = start;
      own.end = end;
      let key = "";
      let text = "";
      while (own.next()) {
        if (own.field === 1) key = string(own.uint());
        else if (own.field === 2) text = readValueText(own, string);
        else own.skip();
      }
      const right = key === "thread.id" && /^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff;
      const found = right ? Number(text) : undefined;
      threads.set(index, found);
      return found;
    },
  };
}

/** A scalar AnyValue as text; of the others, which no column takes, nothing. */
export function readValueText(reader: ProtoReader, string: (index: number) => string): string {
  let text = "";
  reader.message((r) => {
    while (r.next()) {
      if (r.field === 1) text = r.string();
      else if (r.field === 2 && r.wireType === 0) text = String(r.bool());
      else if (r.field === 3 && r.wireType === 0) text = int64Text(r);
      else if (r.field === 4 && r.wireType === 1) text = doubleText(r.double());
      else if (r.field === 8) text = string(r.uint());
      else r.skip();
    }
  });
  return text;
}

interface Line {
  function: number;
  line: number;
  column: number;
}

function readLocation(reader: ProtoReader, budget: (depth: number) => void): Line[] {
  const lines: Line[] = [];
  while (reader.next()) {
    if (reader.field !== 3) {
      reader.skip();
      continue;
    }
    const line: Line = { function: 0, line: 0, column: 0 };
    reader.message((r) => {
      while (r.next()) {
        if (r.field === 1) line.function = r.uint();
        else if (r.field === 2) line.line = r.uint32OrZero();
        else if (r.field === 3) line.column = r.uint32OrZero();
        else r.skip();
      }
    });
    lines.push(line);
    budget(lines.length);
  }
  return lines;
}

function readFunction(reader: ProtoReader): { name: number; file: number } {
  let name = 0;
  let file = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.uint();
    else if (reader.field === 3) file = reader.uint();
    else reader.skip();
  }
  return { name, file };
}

function readLink(reader: ProtoReader): [string, string] {
  let trace = "";
  let span = "";
  while (reader.next()) {
    if (reader.field === 1) trace = reader.hex();
    else if (reader.field === 2) span = reader.hex();
    else reader.skip();
  }
  return [trace, span];
}

/** Locations, leaf first. */
function readStack(reader: ProtoReader, budget: (depth: number) => void): number[] {
  const locations: number[] = [];
  const push = (location: number): void => {
    locations.push(location);
    budget(locations.length);
  };
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    if (reader.wireType !== 2) {
      push(reader.uint());
      continue;
    }
    const outer = reader.end;
    reader.end = reader.packedEnd();
    while (reader.position < reader.end) push(reader.safeUint64());
    reader.end = outer;
  }
  return locations;
}

/** The tables in the columns that stacks are hashed from. */
function asPprof(
  stacks: readonly (readonly number[])[],
  locations: readonly (readonly Line[])[],
  functions: readonly { readonly name: number; readonly file: number }[],
  { string, strings, limits }: { string: (index: number) => string; strings: number; limits: Limits },
): Pprof {
  const sampleStart = new Uint32Array(stacks.length + 1);
  const lineStart = new Uint32Array(locations.length + 1);
  locations.forEach((lines, i) => {
    lineStart[i + 1] = (lineStart[i] as number) + lines.length;
  });
  const flat: number[] = [];
  stacks.forEach((stack, i) => {
    let depth = 0;
    for (const location of stack) {
      depth += entry(locations, location, "location").length;
      flat.push(location);
    }
    // With what is inlined.
    atMost(depth, limits.depth, "HOTSPAN_WIRE_STACK_TOO_DEEP", "frames in one stack");
    sampleStart[i + 1] = flat.length;
  });
  const lines = locations.flat();
  for (const line of lines) entry(functions, line.function, "function");
  for (const { name, file } of functions)
    if (name >= strings || file >= strings)
      throw new WireError("HOTSPAN_WIRE_BAD_REFERENCE", `string ${Math.max(name, file)} of ${strings}`);
  return {
    samples: stacks.length,
    sampleStart,
    sampleLocations: Uint32Array.from(flat),
    lineStart,
    lineFunction: Uint32Array.from(lines, (line) => line.function),
    lineNumber: Uint32Array.from(lines, (line) => line.line),
    lineColumn: Uint32Array.from(lines, (line) => line.column),
    functions: functions.length,
    functionName: Uint32Array.from(functions, ({ name }) => name),
    functionFile: Uint32Array.from(functions, ({ file }) => file),
    string,
  };
}

function entry<T>(table: readonly T[], index: number, what: string): T {
  const found = table[index];
  if (found === undefined)
    throw new WireError("HOTSPAN_WIRE_BAD_REFERENCE", `${what} ${index} of ${table.length}`);
  return found;
}
