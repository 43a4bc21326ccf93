import { decodeWindow, decompress, LIMITS, readPprof, readPprofValues } from "@hotspan/wire";
import { expect, test } from "vitest";
import { FileNames } from "../window/file-names.ts";
import { heapMessage, heapMessageNow, type TakenHeap } from "./message.ts";
import type { HeapNode } from "./native.ts";

function taken(children: readonly HeapNode[], resource: Readonly<Record<string, string>> = {}): TakenHeap {
  const root = {
    name: "(root)",
    scriptName: "",
    scriptId: 0,
    lineNumber: 0,
    columnNumber: 0,
    children,
    allocations: [],
  };
  return {
    root,
    reason: "interval",
    kind: "inuse",
    clock: { monotonicNanos: 60_000_000_000n, epochNanos: 1_795_000_000_000_000_000n },
    durationNanos: 60_000_000_000n,
    intervalBytes: 524_288,
    facts: {
      instance: "a".repeat(32),
      threadId: 0,
      threadName: "main",
      seq: 3,
      periodNanos: 10_101_000,
      quietLoop: true,
      mode: "continuous",
      schedule: undefined,
      contextPath: "frame",
      resource: { "service.name": "shop", ...resource },
    },
    stallNanos: 1,
  };
}

const names = { files: new FileNames("/app"), maps: undefined };
/** Names that hardly compress. */
const leaf = (i: number, bytes: number): HeapNode => ({
  name: Array.from({ length: 8 }, (_, j) => ((i * 2654435761 * (j + 1)) >>> 0).toString(36)).join("_"),
  scriptName: `/app/src/${i}.js`,
  scriptId: i,
  lineNumber: 1,
  columnNumber: 1,
  children: [],
  allocations: [{ sizeBytes: bytes, count: 1 }],
});

async function profileOf(message: Awaited<ReturnType<typeof heapMessage>>) {
  const { heap } = decodeWindow(await decompress(message?.body ?? Buffer.alloc(0), "zstd"));
  const pprof = heap?.pprof ?? Buffer.alloc(0);
  const sum = (type: string): number =>
    readPprofValues(pprof)
      .get(type)
      ?.reduce((a, b) => a + b, 0) ?? 0;
  return { samples: readPprof(pprof).samples, bytes: sum("inuse_space"), objects: sum("inuse_objects") };
}

test("a profile too large for a message keeps its largest stacks, and all of its bytes", async () => {
  const count = 30_000;
  const heap = taken(Array.from({ length: count }, (_, i) => leaf(i, i === 77 ? 1_000_000 : 10)));
  for (const message of [await heapMessage(heap, names), heapMessageNow(heap, names)]) {
    expect(message?.body.length).toBeLessThanOrEqual(LIMITS.targetBytes);
    const profile = await profileOf(message);
    expect(profile.samples).toBeLessThan(count);
    expect(profile).toMatchObject({ bytes: 1_000_000 + (count - 1) * 10, objects: count });
    const { heap: read } = decodeWindow(await decompress(message?.body ?? Buffer.alloc(0), "zstd"));
    expect(Math.max(...(readPprofValues(read?.pprof ?? Buffer.alloc(0)).get("inuse_space") ?? []))).toBe(
      1_000_000,
    );
  }
});

test("a heap of which nothing was sampled is an empty profile", async () => {
  expect(await profileOf(await heapMessage(taken([]), names))).toMatchObject({ samples: 0 });
});

test("resource attributes that alone are too much give no message", async () => {
  const resource = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [
      `key${i}`,
      Array.from({ length: 2500 }, (_, j) => ((i * j * 2654435761) >>> 0).toString(36)).join(""),
    ]),
  );
  expect(await heapMessage(taken([leaf(1, 8)], resource), names)).toBeUndefined();
});
