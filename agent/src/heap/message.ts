import { randomBytes } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import {
  type ClockPair,
  emptyColumns,
  encodeWindow,
  encodeWindowInSteps,
  type Header,
  type HeapReason,
  LIMITS,
  recordKey,
  WIRE_VERSION,
  type Window,
} from "@hotspan/wire";
import { compressSoon } from "../window/compress.ts";
import { type Message, messageHeaders } from "../window/encoder.ts";
import type { FrameNames } from "../window/pprof-frames.ts";
import { betweenTurns, finished, type Steps } from "../window/steps.ts";
import { buildHeapPprof } from "./pprof.ts";
import { collectHeap } from "./table.ts";
import type { HeapNode } from "./native.ts";

/** What a heap profile's header says of its process: plain data, which another process can finish the profile with. */
export type HeapFacts = Pick<
  Header,
  | "instance"
  | "threadId"
  | "threadName"
  | "seq"
  | "periodNanos"
  | "quietLoop"
  | "mode"
  | "schedule"
  | "contextPath"
  | "resource"
>;

export interface TakenHeap {
  readonly root: HeapNode;
  readonly reason: HeapReason;
  readonly kind: "inuse" | "alloc";
  readonly clock: ClockPair;
  /** Since the profile before, or since sampling began. */
  readonly durationNanos: bigint;
  readonly intervalBytes: number;
  readonly facts: HeapFacts;
  /** How long taking it held the thread. */
  readonly stallNanos: number;
}

/** Stacks that are tried, until the message is small enough. A stack takes some 20 bytes, compressed. */
const MOST_STACKS = [LIMITS.samples - 1, 20_000, 4000, 400, 10] as const;

/** The windows to try, from whole to ever less. */
function* windows(taken: TakenHeap, names: FrameNames): Generator<Steps<Window>, void, void> {
  const { clock, facts, intervalBytes, reason } = taken;
  const header: Header = {
    ...facts,
    versionMajor: WIRE_VERSION.major,
    versionMinor: WIRE_VERSION.minor,
    profileId: randomBytes(16).toString("hex"),
    part: 1,
    parts: 1,
    start: clock,
    end: clock,
    expectedTicks: 0,
    takenTicks: 0,
    droppedContexts: 0,
    flushStallNanos: taken.stallNanos,
    threadCpuNanos: 0,
    processCpuNanos: 0,
  };
  const table = collectHeap(taken.root);
  for (const most of MOST_STACKS)
    yield (function* (): Steps<Window> {
      const pprof = yield* buildHeapPprof({
        ...names,
        table,
        kind: taken.kind,
        intervalBytes,
        epochNanos: clock.epochNanos - taken.durationNanos,
        durationNanos: taken.durationNanos,
        threadName: facts.threadName,
        most,
      });
      return {
        header,
        ...emptyColumns(),
        labels: [],
        pprof: new Uint8Array(0),
        heap: { reason, intervalBytes, pprof },
      };
    })();
}

/**
 * The profile in one message of at most 512 kB, made between turns of the loop; undefined if its resource attributes alone are more.
 * @param told the CPU nanoseconds that this thread used, bit by bit
 */
export async function heapMessage(
  taken: TakenHeap,
  names: FrameNames,
  told: (cpuNanos: number) => void = () => {},
): Promise<Message | undefined> {
  for (const steps of windows(taken, names)) {
    const window = await betweenTurns(steps, ({ cpuNanos }) => told(cpuNanos));
    const encoded = await betweenTurns(encodeWindowInSteps(window), ({ cpuNanos }) => told(cpuNanos));
    if (encoded.length > LIMITS.windowBytes) continue;
    const body = await compressSoon(encoded);
    if (body.length <= LIMITS.targetBytes) return message(window, body);
  }
  return undefined;
}

/** For the `exit` event. */
export function heapMessageNow(taken: TakenHeap, names: FrameNames): Message | undefined {
  for (const steps of windows(taken, names)) {
    const window = finished(steps);
    const encoded = encodeWindow(window);
    if (encoded.length > LIMITS.windowBytes) continue;
    const body = zstdCompressSync(encoded);
    if (body.length <= LIMITS.targetBytes) return message(window, body);
  }
  return undefined;
}

function message({ header }: Window, body: Uint8Array): Message {
  return { key: recordKey(header.instance, header.threadId), headers: messageHeaders({ header }), body };
}
