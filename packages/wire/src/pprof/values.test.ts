import { Profile, Sample, StringTable, ValueType } from "pprof-format";
import { expect, test } from "vitest";
import { readPprofValues } from "./values.ts";

function profile(values: readonly (readonly number[])[], types = ["inuse_objects", "inuse_space"]) {
  const strings = new StringTable();
  return new Profile({
    sampleType: types.map(
      (type) => new ValueType({ type: strings.dedup(type), unit: strings.dedup("bytes") }),
    ),
    sample: values.map((value) => new Sample({ value: [...value] })),
    stringTable: strings,
  }).encode();
}

test("the values another encoder wrote, by their types", () => {
  expect(
    Object.fromEntries(
      readPprofValues(
        profile([
          [1, 5_000_000_000],
          [0, 7],
        ]),
      ),
    ),
  ).toEqual({
    inuse_objects: Float64Array.of(1, 0),
    inuse_space: Float64Array.of(5_000_000_000, 7),
  });
});

test.each([
  ["a sample without its second value", profile([[1]])],
  ["a sample with one too many", profile([[1, 2, 3]])],
  ["a type whose name is not there", Uint8Array.of(0x0a, 2, 0x08, 9)],
  [
    "more types than any profile has",
    profile(
      [],
      Array.from({ length: 17 }, (_, i) => `t${i}`),
    ),
  ],
])("%s is refused", (_, bytes) => {
  expect(() => readPprofValues(bytes)).toThrow(expect.objectContaining({ code: "HOTSPAN_WIRE_BAD_PPROF" }));
});

test("a negative value is refused", () => {
  expect(() => readPprofValues(profile([[1, -5]]))).toThrow(expect.objectContaining({ name: "WireError" }));
});
