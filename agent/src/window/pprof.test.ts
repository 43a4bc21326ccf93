import type { Header, Label } from "@hotspan/wire";
import { Profile } from "pprof-format";
import { expect, test } from "vitest";
import type { RawNode } from "../sampler/native.ts";
import { FileNames } from "./file-names.ts";
import { buildPprof } from "./pprof.ts";
import { finished } from "./steps.ts";

const node = (name: string, scriptName: string, lineNumber: number): RawNode => ({
  name,
  scriptName,
  scriptId: lineNumber,
  lineNumber,
  columnNumber: 7,
  hitCount: 0,
  contexts: [],
  children: [],
});
const label = (over: Partial<Label>): Label => ({
  traceId: "",
  spanId: "",
  localRootId: "",
  endpoint: "",
  sampled: false,
  user: {},
  ...over,
});

const header = {
  start: { monotonicNanos: 1_000_000_000n, epochNanos: 1_795_439_107_356_123_456n },
  end: { monotonicNanos: 1_100_000_000n, epochNanos: 1_795_439_107_456_123_456n },
  periodNanos: 10_000_000,
  threadName: "main",
} as Header;

const bytes = finished(
  buildPprof({
    header,
    ticks: {
      deltaMicros: Uint32Array.of(10_000, 10_000, 10_000),
      state: Uint8Array.of(1, 1, 1),
      cpuMicros: Uint32Array.of(9000, 9500, 400),
      label: Uint32Array.of(1, 1, 2),
      stack: Uint32Array.of(1, 1, 2),
      run: new Uint32Array(0),
    },
    samples: [
      { node: 1, label: 1 },
      { node: 2, label: 2 },
    ],
    labels: [
      label({
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        localRootId: "00f067aa0ba902b7",
        endpoint: "GET /caf\u00e9",
        user: { tenant: "acme" },
      }),
      label({ endpoint: "GET /other" }),
      label({ endpoint: "no sample has it" }),
    ],
    tree: {
      nodes: [node("main", "/srv/app/a.js", 1), node("leaf", "/srv/app/b.js", 300), node("", "", 5)],
      parents: [-1, 0, 0],
    },
    files: new FileNames("/srv/app", ""),
  }),
);

test("another implementation reads what is written", () => {
  const profile = Profile.decode(bytes);
  const { strings } = profile.stringTable;
  const text = (index: number | bigint): string => strings[Number(index)] ?? "";
  expect(profile.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([
    ["wall", "nanoseconds"],
    ["cpu", "nanoseconds"],
    ["sample", "count"],
  ]);
  const functions = new Map(profile.function.map((fn) => [Number(fn.id), fn]));
  const locations = new Map(profile.location.map((location) => [Number(location.id), location]));
  const samples = profile.sample.map((sample) => ({
    stack: sample.locationId.map((id) => {
      const [line = expect.unreachable()] = locations.get(Number(id))?.line ?? [];
      const fn = functions.get(Number(line.functionId)) ?? expect.unreachable();
      return `${text(fn.name)} ${text(fn.filename)}:${line.line}:${line.column} ${fn.startLine}`;
    }),
    values: sample.value.map(Number),
    labels: Object.fromEntries(sample.label.map(({ key, str }) => [text(key), text(str)])),
  }));
  expect(samples).toEqual([
    {
      stack: ["leaf b.js:300:7 300", "main a.js:1:7 1"],
      values: [expect.any(Number), 18_500_000, 2],
      labels: {
        thread_name: "main",
        trace_id: "0af7651916cd43dd8448eb211c80319c",
        span_id: "b7ad6b7169203331",
        local_root_span_id: "00f067aa0ba902b7",
        endpoint: "GET /caf\u00e9",
        tenant: "acme",
      },
    },
    {
      stack: ["(anonymous) :5:7 5", "main a.js:1:7 1"],
      values: [expect.any(Number), 400_000, 1],
      labels: { thread_name: "main", endpoint: "GET /other" },
    },
  ]);
  expect(samples.every(({ values: [wall = 0] }) => wall > 0)).toBe(true);
  // 2^53 is passed by nanoseconds since 1970; a quarter of a microsecond is lost.
  expect(Math.abs(Number(profile.timeNanos) - Number(header.start.epochNanos))).toBeLessThan(300);
  expect(Number(profile.durationNanos)).toBe(100_000_000);
  expect(Number(profile.period)).toBe(10_000_000);
  expect(strings).not.toContain("no sample has it");
});
