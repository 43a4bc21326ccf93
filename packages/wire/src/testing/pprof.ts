import { ProtoWriter } from "../proto/writer.ts";
import type { SampleTotals } from "../weights.ts";

export interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A pprof section as an agent writes it: wall, cpu and count of each stack (frames leaf first). */
export function writePprof(
  stacks: readonly (readonly Frame[])[],
  totals: SampleTotals,
  periodNanos: number,
): Uint8Array {
  return writeProfile(
    stacks,
    [
      ["wall", "nanoseconds", totals.wallNanos],
      ["cpu", "nanoseconds", totals.cpuNanos],
      ["sample", "count", totals.ticks],
    ],
    ["wall", "nanoseconds", periodNanos],
  );
}

/** A pprof profile of these stacks (frames leaf first) with a column of values per type. */
export function writeProfile(
  stacks: readonly (readonly Frame[])[],
  types: readonly (readonly [type: string, unit: string, values: ArrayLike<number>])[],
  [periodType, periodUnit, period]: readonly [string, string, number],
): Uint8Array {
  const strings = new Map<string, number>([["", 0]]);
  const text = (value: string): number => intern(strings, value);
  const functions = new Map<string, number>();
  const locations = new Map<string, number>();
  const samples = new ProtoWriter();
  const tables = new ProtoWriter();

  const message = (writer: ProtoWriter, field: number, write: () => void): void => {
    const start = writer.begin(field);
    write();
    writer.end(start);
  };
  const valueType = (type: string, unit: string): void => {
    samples.uint(1, text(type));
    samples.uint(2, text(unit));
  };
  const functionOf = (frame: Frame): number => {
    const key = `${frame.name}\0${frame.file}`;
    const known = functions.get(key);
    if (known !== undefined) return known;
    const id = intern(functions, key) + 1;
    message(tables, 5, () => {
      tables.uint(1, id);
      tables.uint(2, text(frame.name));
      tables.uint(3, text(frame.name));
      tables.uint(4, text(frame.file));
    });
    functions.set(key, id);
    return id;
  };
  const locationOf = (frame: Frame): number => {
    const key = `${frame.name}\0${frame.file}\0${frame.line}\0${frame.column}`;
    const known = locations.get(key);
    if (known !== undefined) return known;
    const functionId = functionOf(frame);
    const id = locations.size + 1;
    locations.set(key, id);
    message(tables, 4, () => {
      tables.uint(1, id);
      message(tables, 4, () => {
        tables.uint(1, functionId);
        tables.uint(2, frame.line);
        tables.uint(3, frame.column);
      });
    });
    return id;
  };

  for (const [type, unit] of types) message(samples, 1, () => valueType(type, unit));
  stacks.forEach((stack, i) => {
    message(samples, 2, () => {
      samples.packed(1, stack.map(locationOf));
      samples.packed(
        2,
        types.map(([, , values]) => values[i] as number),
      );
    });
  });
  const rest = new ProtoWriter();
  const periodOf = [text(periodType), text(periodUnit)] as const;
  for (const value of strings.keys()) rest.stringAlways(6, value);
  message(rest, 11, () => {
    rest.uint(1, periodOf[0]);
    rest.uint(2, periodOf[1]);
  });
  rest.uint(12, period);
  return Buffer.concat([samples.finish(), tables.finish(), rest.finish()]);
}

function intern(table: Map<string, number>, value: string): number {
  const known = table.get(value);
  if (known !== undefined) return known;
  const index = table.size;
  table.set(value, index);
  return index;
}
