import { Function as Fn, Label, Line, Location, Profile, Sample, StringTable, ValueType } from "pprof-format";

/** A pprof profile of one stack, written by another library. */
export function plainPprof(
  types: readonly string[],
  samples: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly values: readonly number[];
  }[],
  atMs: number,
): Uint8Array {
  const stringTable = new StringTable();
  const text = (value: string): number => stringTable.dedup(value);
  const functions = ["leaf", "root"].map(
    (name, i) => new Fn({ id: i + 1, name: text(name), filename: text("main.go") }),
  );
  return new Profile({
    stringTable,
    timeNanos: BigInt(atMs) * 1_000_000n,
    sampleType: types.map((type) => new ValueType({ type: text(type), unit: text("nanoseconds") })),
    function: functions,
    location: functions.map(
      ({ id }) => new Location({ id, line: [new Line({ functionId: id, line: Number(id) + 6 })] }),
    ),
    sample: samples.map(
      ({ labels, values }) =>
        new Sample({
          locationId: [1, 2],
          value: [...values],
          label: Object.entries(labels).map(
            ([key, value]) => new Label({ key: text(key), str: text(value) }),
          ),
        }),
    ),
  }).encode();
}
