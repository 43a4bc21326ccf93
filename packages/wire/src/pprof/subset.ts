import { WireError } from "../errors.ts";
import { ProtoReader } from "../proto/reader.ts";
import { BYTES, ProtoWriter } from "../proto/writer.ts";
import type { SampleTotals } from "../weights.ts";

/**
 * The pprof section of a part: only these samples, with values of their own, and what they need of the tables. Strings keep
 * their indexes (those nobody uses become empty), ids stay, fields nobody here knows are copied: so the rest of the section
 * needs no rewriting.
 * @param samples 0-based samples in their new order
 * @param totals values of the new samples, in that order
 */
export function subsetPprof(pprof: Uint8Array, samples: readonly number[], totals: SampleTotals): Uint8Array {
  const source = survey(pprof);
  const writer = new ProtoWriter(pprof.length);
  const usedStrings = new Set<number>([0]);
  const usedLocations = new Set<number>();
  const usedFunctions = new Set<number>();
  samples.forEach((sample, i) => {
    const entry = source.samples[sample];
    if (entry === undefined)
      throw new WireError("HOTSPAN_WIRE_BAD_REFERENCE", `the pprof section has no sample ${sample + 1}`);
    const start = writer.begin(2);
    writeSample(writer, entry, source, { totals, i, usedLocations, usedStrings });
    writer.end(start);
  });
  for (const location of source.locations) {
    if (!usedLocations.has(location.id)) continue;
    for (const id of location.functions) usedFunctions.add(id);
    writer.bytesAlways(4, location.bytes);
  }
  for (const fn of source.functions) {
    if (!usedFunctions.has(fn.id)) continue;
    for (const index of fn.strings) usedStrings.add(index);
    writer.bytesAlways(5, fn.bytes);
  }
  for (const index of source.otherStrings) usedStrings.add(index);
  source.strings.forEach((bytes, i) => writer.bytesAlways(6, usedStrings.has(i) ? bytes : empty));
  writer.raw(source.rest);
  return writer.finish();
}

const empty = new Uint8Array(0);

interface Source {
  readonly samples: readonly Uint8Array[];
  readonly locations: readonly {
    readonly id: number;
    readonly functions: readonly number[];
    readonly bytes: Uint8Array;
  }[];
  readonly functions: readonly {
    readonly id: number;
    readonly strings: readonly number[];
    readonly bytes: Uint8Array;
  }[];
  readonly strings: readonly Uint8Array[];
  /** Types of the values, as text. */
  readonly valueTypes: readonly { readonly type: string; readonly unit: string }[];
  /** Strings that the copied fields name. */
  readonly otherStrings: ReadonlySet<number>;
  /** All other fields, as they are. */
  readonly rest: Uint8Array;
}

function survey(pprof: Uint8Array): Source {
  const samples: Uint8Array[] = [];
  const locations: Source["locations"][number][] = [];
  const functions: Source["functions"][number][] = [];
  const strings: Uint8Array[] = [];
  const valueTypes: (readonly [type: number, unit: number])[] = [];
  const otherStrings = new Set<number>();
  const rest: Uint8Array[] = [];
  const reader = new ProtoReader(pprof);
  for (let start = 0; reader.next(); start = reader.position) {
    switch (reader.field) {
      case 2:
        samples.push(reader.view());
        continue;
      case 4: {
        const bytes = reader.view();
        locations.push({ ...numbers(bytes, { ids: [1], nested: 4, inner: [1] }), bytes });
        continue;
      }
      case 5: {
        const bytes = reader.view();
        const { id, functions: names } = numbers(bytes, { ids: [1], strings: [2, 3, 4] });
        functions.push({ id, strings: names, bytes });
        continue;
      }
      case 6:
        strings.push(reader.view());
        continue;
      default:
    }
    if (reader.wireType === BYTES) {
      const { field } = reader;
      const bytes = reader.view();
      // sample_type and period_type {type, unit}, mapping {…, filename = 5, build_id = 6}, comment (packed).
      if (field === 1 || field === 11) {
        const { functions: pair } = numbers(bytes, { ids: [], strings: [1, 2] });
        for (const index of pair) otherStrings.add(index);
        if (field === 1) valueTypes.push(typeAndUnit(bytes));
      } else if (field === 3) {
        for (const index of numbers(bytes, { ids: [], strings: [5, 6] }).functions) otherStrings.add(index);
      } else if (field === 13) for (const index of varints(bytes)) otherStrings.add(index);
    } else if (reader.wireType === 0) {
      // drop_frames, keep_frames, comment, default_sample_type, doc_url are strings; times and the period are not.
      const { field } = reader;
      if ([7, 8, 13, 14, 15].includes(field)) otherStrings.add(reader.safeUint64());
      else reader.skip();
    } else reader.skip();
    rest.push(pprof.subarray(start, reader.position));
  }
  const text = (index: number): string => Buffer.from(strings[index] ?? empty).toString("utf8");
  return {
    samples,
    locations,
    functions,
    strings,
    valueTypes: valueTypes.map(([type, unit]) => ({ type: text(type), unit: text(unit) })),
    otherStrings,
    rest: Buffer.concat(rest),
  };
}

interface Wanted {
  readonly ids: readonly number[];
  readonly strings?: readonly number[];
  readonly nested?: number;
  readonly inner?: readonly number[];
}

/** The id of a table entry, and the ids or strings it refers to. */
function numbers(bytes: Uint8Array, wanted: Wanted): { id: number; functions: number[] } {
  const reader = new ProtoReader(bytes);
  let id = 0;
  const functions: number[] = [];
  while (reader.next()) {
    if (reader.field === wanted.nested) {
      reader.message((r) => {
        while (r.next()) {
          if (wanted.inner?.includes(r.field) === true && r.wireType === 0) functions.push(r.safeUint64());
          else r.skip();
        }
      });
    } else if (reader.wireType === 0 && wanted.ids.includes(reader.field)) id = reader.safeUint64();
    else if (reader.wireType === 0 && wanted.strings?.includes(reader.field) === true) {
      functions.push(reader.safeUint64());
    } else reader.skip();
  }
  return { id, functions };
}

function typeAndUnit(bytes: Uint8Array): [type: number, unit: number] {
  const reader = new ProtoReader(bytes);
  let type = 0;
  let unit = 0;
  while (reader.next()) {
    if (reader.field === 1) type = reader.safeUint64();
    else if (reader.field === 2) unit = reader.safeUint64();
    else reader.skip();
  }
  return [type, unit];
}

function varints(bytes: Uint8Array): number[] {
  const reader = new ProtoReader(bytes);
  const values: number[] = [];
  while (reader.position < bytes.length) values.push(reader.safeUint64());
  return values;
}

interface Target {
  readonly totals: SampleTotals;
  readonly i: number;
  readonly usedLocations: Set<number>;
  readonly usedStrings: Set<number>;
}

function writeSample(writer: ProtoWriter, bytes: Uint8Array, source: Source, target: Target): void {
  const reader = new ProtoReader(bytes);
  const values: Uint8Array[] = [];
  for (let start = 0; reader.next(); start = reader.position) {
    if (reader.field === 2) {
      reader.skip();
      continue;
    }
    if (reader.field === 1) {
      if (reader.wireType === BYTES) for (const id of varints(reader.view())) target.usedLocations.add(id);
      else target.usedLocations.add(reader.safeUint64());
    } else if (reader.field === 3) {
      for (const index of numbers(reader.view(), { ids: [], strings: [1, 2, 4] }).functions) {
        target.usedStrings.add(index);
      }
    } else reader.skip();
    values.push(bytes.subarray(start, reader.position));
  }
  for (const value of values) writer.raw(value);
  writer.packed(
    2,
    source.valueTypes.map(({ type, unit }) => valueOf(type, unit, target)),
  );
}

/** A window's sections has wall, cpu and count; of any other type a part cannot know its share. */
function valueOf(type: string, unit: string, { totals, i }: Target): number {
  if (type === "wall") return totals.wallNanos[i] as number;
  if (type === "cpu") return totals.cpuNanos[i] as number;
  return unit === "count" ? (totals.ticks[i] as number) : 0;
}
