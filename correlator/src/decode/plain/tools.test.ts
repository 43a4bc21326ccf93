import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile, ValueType } from "pprof-format";
import { expect, test } from "vitest";
import { stacksByOthers } from "../testing/independent.ts";
import { readPlainPprof } from "./pprof.ts";

// Profiles as other tools wrote them (fixtures/README.md), against what pprof-format reads.

const recordMs = Date.UTC(2026, 10, 29, 23, 30);
function fixture(name: string): Buffer {
  const bytes = readFileSync(join(import.meta.dirname, "../fixtures", `${name}.pprof`));
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

test.each([
  ["go-cpu", "wall", "cpu"],
  ["go-heap", "heap_inuse", "inuse_space"],
  ["go-heap", "heap_alloc", "alloc_space"],
  ["node-wall", "wall", "wall"],
  ["node-heap", "heap_inuse", "inuse_space"],
])("%s gives its stacks and its %s, the sums of %s", (name, type, column) => {
  const bytes = fixture(name);
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  const index = profile.sampleType.findIndex((one) => text(one.type) === column);
  const stacks = stacksByOthers(bytes).map((stack) => JSON.stringify(stack));
  const expected: [string, number][] = profile.sample
    .map((sample, i): [string, number] => [stacks[i] ?? "", Number(sample.value[index])])
    .filter(([, value]) => value > 0);
  expect(expected.length).toBeGreaterThan(1);
  const [read] = readPlainPprof(bytes, "s", recordMs);
  const ours = read?.samples
    .filter((sample) => sample.type === type)
    .map((sample): [string, number] => [
      JSON.stringify(
        read.stacks
          .frames(sample.stack)
          .map((frame) => [frame.function, frame.file, frame.line, frame.column]),
      ),
      sample.value,
    ]);
  expect(ours).toEqual(expected);
});

test("go-cpu names the span of each sample that its labels name, and no other", () => {
  const [read] = readPlainPprof(fixture("go-cpu"), "s", recordMs);
  const spans = Map.groupBy(read?.samples ?? [], ({ spanId }) => spanId);
  expect([...spans.keys()].toSorted()).toEqual(["", "b7ad6b7169203331"]);
  for (const sample of spans.get("b7ad6b7169203331") ?? [])
    expect(sample.traceId).toBe("0af7651916cd43dd8448eb211c80319c");
});

test("java-count counts samples of a period that it does not tell, and is refused for that", () => {
  expect(() => readPlainPprof(fixture("java-count"), "s", recordMs)).toThrow(
    expect.objectContaining({
      code: "HOTSPAN_DECODE_UNKNOWN_VALUES",
      message: "cpu counts samples, and nothing says what period one stands for",
    }),
  );
});

test.each([
  ["microseconds", 0, 1000],
  ["milliseconds", 0, 1_000_000],
  ["count", 10_000_000, 10_000_000],
] as const)("values in %s, of a period of %d ns, stand for %d ns each", (unit, period, nanos) => {
  const profile = Profile.decode(fixture("node-wall"));
  const { stringTable } = profile;
  const [, wall] = profile.sampleType;
  if (wall === undefined) throw new Error("the fixture has two types");
  wall.unit = stringTable.dedup(unit);
  profile.period = period;
  profile.periodType = new ValueType({ type: wall.type, unit: stringTable.dedup("nanoseconds") });
  const [read] = readPlainPprof(profile.encode(), "s", recordMs);
  const expected = profile.sample
    .map((sample) => Number(sample.value[1]) * nanos)
    .filter((value) => value > 0);
  expect(read?.samples.map(({ value }) => value)).toEqual(expected);
});
