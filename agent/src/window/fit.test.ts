import { randomBytes } from "node:crypto";
import type { Label, Window } from "@hotspan/wire";
import { decodeWindow, decompress, LIMITS, readPprof, WIRE_VERSION } from "@hotspan/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawNode } from "../sampler/native.ts";
import type { Assembled } from "./assemble.ts";
import { FileNames } from "./file-names.ts";
import { fit, fitNow } from "./fit.ts";
import { buildPprof } from "./pprof.ts";
import { finished } from "./steps.ts";

/** Text that no compression makes shorter than half. */
const noise = (length: number): string =>
  randomBytes(Math.ceil(length / 2))
    .toString("hex")
    .slice(0, length);

interface Shape {
  readonly ticks: number;
  readonly depth: number;
  readonly nameLength: number;
  /** Whether ticks share their stack and label. */
  readonly distinct: boolean;
  readonly userLabels: number;
  readonly resumes: number;
  readonly resourceLength?: number;
  /** Between two resumes. */
  readonly resumeMicros?: number;
}

function assembled({
  ticks,
  depth,
  nameLength,
  distinct,
  userLabels,
  resumes,
  resourceLength = 10,
  resumeMicros = 1,
}: Shape): Assembled {
  const nodes: RawNode[] = [];
  const parents: number[] = [];
  const leaves: number[] = [];
  const stacks = distinct ? ticks : 1;
  for (let stack = 0; stack < stacks; stack++) {
    for (let level = 0; level < depth; level++) {
      parents.push(level === 0 ? -1 : nodes.length - 1);
      nodes.push({
        name: noise(nameLength),
        scriptName: `/app/${noise(nameLength)}`,
        scriptId: nodes.length,
        lineNumber: level,
        columnNumber: 1,
        hitCount: 0,
        contexts: [],
        children: [],
      });
    }
    leaves.push(nodes.length - 1);
  }
  const labels: Label[] = Array.from({ length: stacks + resumes }, () => ({
    traceId: noise(32),
    spanId: noise(16),
    localRootId: noise(16),
    endpoint: `GET /${noise(20)}`,
    sampled: true,
    user: Object.fromEntries(Array.from({ length: userLabels }, (_, i) => [`key${i}`, noise(200)])),
  }));
  const upTo = (count: number): Uint32Array => Uint32Array.from({ length: ticks }, (_, i) => (i % count) + 1);
  const columns = {
    deltaMicros: new Uint32Array(ticks).fill(1000),
    state: new Uint8Array(ticks).fill(1),
    cpuMicros: new Uint32Array(ticks).fill(1000),
    label: upTo(stacks),
    stack: upTo(stacks),
    run: new Uint32Array(0),
  };
  const header: Window["header"] = {
    versionMajor: WIRE_VERSION.major,
    versionMinor: WIRE_VERSION.minor,
    profileId: noise(32),
    part: 1,
    parts: 1,
    instance: noise(32),
    threadId: 0,
    threadName: "main",
    seq: 3,
    start: { monotonicNanos: 1_000_000_000n, epochNanos: 1_795_439_107_356_123_456n },
    end: { monotonicNanos: 31_000_000_000n, epochNanos: 1_795_439_137_356_123_456n },
    periodNanos: 1_000_000,
    expectedTicks: ticks,
    takenTicks: ticks,
    droppedContexts: 0,
    flushStallNanos: 0,
    threadCpuNanos: 0,
    processCpuNanos: 0,
    quietLoop: true,
    mode: "continuous",
    contextPath: "frame",
    resource: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, noise(resourceLength)])),
  };
  const samples = leaves.map((node, i) => ({ node, label: i + 1 }));
  const files = new FileNames("/srv", "");
  const pprof = (most?: number): Uint8Array =>
    finished(
      buildPprof({
        header,
        ticks: columns,
        samples,
        labels,
        tree: { nodes, parents },
        files,
        ...(most === undefined ? {} : { depth: most }),
      }),
    );
  const none = new Uint32Array(0);
  const bytes = new Uint8Array(0);
  const window: Window = {
    header,
    ticks: columns,
    labels,
    journal: {
      thresholdMicros: 1000,
      turnDeltaMicros: Uint32Array.of(10),
      turnBusyMicros: Uint32Array.of(5000),
      turnLabel: Uint32Array.of(1),
      resumeDeltaMicros: new Uint32Array(resumes).fill(resumeMicros),
      resumeLabel: Uint32Array.from({ length: resumes }, (_, i) => stacks + i + 1),
      resumeSource: new Uint8Array(resumes).fill(1),
      resumeLateMicros: new Uint32Array(resumes),
      runDelayDeltaMicros: none,
      runDelaySpanMicros: none,
      runDelayMicros: none,
      droppedTurns: 0,
      droppedResumes: 0,
    },
    events: {
      gcDeltaMicros: none,
      gcDurationMicros: none,
      gcKind: bytes,
      poolDeltaMicros: none,
      poolQueueMicros: none,
    },
    pprof: pprof(),
  };
  return { window, pprof };
}

async function read(parts: Awaited<ReturnType<typeof fit>>): Promise<Window[]> {
  const windows: Window[] = [];
  for (const { bytes } of parts ?? []) {
    expect(bytes.length).toBeLessThanOrEqual(512_000);
    windows.push(decodeWindow(await decompress(bytes, "zstd")));
  }
  return windows;
}
const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

test("whatever a window has in it, its messages can be read, none is above 512 kB, and no tick is missing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        ticks: fc.constantFrom(1, 2, 30, 300),
        depth: fc.constantFrom(1, 100, 255),
        nameLength: fc.constantFrom(3, 80, 1000),
        distinct: fc.boolean(),
        userLabels: fc.constantFrom(0, 3, 32),
        resumes: fc.constantFrom(0, 100, 3000),
      }),
      async (shape) => {
        // The largest together would take gigabytes.
        fc.pre(
          shape.ticks * shape.depth * shape.nameLength < 3e6 &&
            (shape.ticks + shape.resumes) * shape.userLabels < 4000,
        );
        const given = assembled(shape);
        const windows = await read(await fit(given));
        expect(total(windows.map(({ ticks }) => ticks.state.length))).toBe(shape.ticks);
        const journals = windows.flatMap(({ journal }) => journal ?? []);
        expect(
          total(journals.map(({ resumeLabel, droppedResumes }) => resumeLabel.length + droppedResumes)),
        ).toBe(shape.resumes);
        expect(await read(fitNow(given))).toEqual(windows);
      },
    ),
    { numRuns: 20 },
  );
}, 60_000);

test("a tick larger than a message has its stack cut, and says how many frames are not there", async () => {
  const shape = { ticks: 2, depth: 255, nameLength: 1000, distinct: true, userLabels: 32, resumes: 200 };
  const windows = await read(await fit(assembled(shape)));
  const pprof = readPprof(windows[0]?.pprof ?? new Uint8Array(0));
  const frames: string[] = [];
  for (let i = pprof.sampleStart[0] as number; i < (pprof.sampleStart[1] as number); i++) {
    const fn = pprof.lineFunction[pprof.lineStart[pprof.sampleLocations[i] as number] as number] as number;
    frames.push(pprof.string(pprof.functionName[fn] as number));
  }
  const cut = Number(/^\((\d+) frames cut\)$/.exec(frames.at(-1) ?? "")?.[1]);
  expect(cut).toBeGreaterThan(0);
  expect(frames.length - 1 + cut).toBe(255);
});

test("30 s at 1000 Hz in stacks 100 deep", async () => {
  const shape = {
    ticks: 30_000,
    depth: 100,
    nameLength: 12,
    distinct: false,
    userLabels: 0,
    resumes: 16_384,
    resumeMicros: 1800,
  };
  const windows = await read(await fit(assembled(shape)));
  expect(total(windows.map(({ ticks }) => ticks.state.length))).toBe(30_000);
  expect(windows.every(({ journal }) => journal?.droppedResumes === 0)).toBe(true);
});

test("what fits in no way is given up", async () => {
  const shape = { ticks: 1, depth: 1, nameLength: 3, distinct: true, userLabels: 0, resumes: 0 };
  expect(await fit(assembled({ ...shape, resourceLength: 20_000 }))).toBeUndefined();
  expect(fitNow(assembled({ ...shape, resourceLength: 20_000 }))).toBeUndefined();
  expect(LIMITS.targetBytes).toBe(512_000);
});
