import { create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { CONTEXT_PATHS, HEAP_REASONS, MODES } from "../encode.ts";
import {
  type ContextPath,
  type HeapReason,
  type Mode,
  type Window as Generated,
  WindowSchema,
} from "../gen/hotspan/wire/v1/window_pb.ts";
import type { Window } from "../window.ts";

/** The same window as the generated code's message. */
export function toGenerated(window: Window): Generated {
  const { header, ticks, labels, journal, events, pprof, heap } = window;
  const bytes = (hex: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(hex, "hex"));
  const list = (column: Uint32Array): number[] => [...column];
  const attributes = (record: Readonly<Record<string, string>>): { key: string; value: string }[] =>
    Object.entries(record).map(([key, value]) => ({ key, value }));
  const init: MessageInitShape<typeof WindowSchema> = {
    header: {
      ...header,
      profileId: bytes(header.profileId),
      instance: bytes(header.instance),
      seq: BigInt(header.seq),
      periodNanos: BigInt(header.periodNanos),
      flushStallNanos: BigInt(header.flushStallNanos),
      threadCpuNanos: BigInt(header.threadCpuNanos),
      processCpuNanos: BigInt(header.processCpuNanos),
      mode: (MODES.indexOf(header.mode) + 1) as Mode,
      schedule: (header.schedule === undefined ? 0 : MODES.indexOf(header.schedule) + 1) as Mode,
      contextPath: (CONTEXT_PATHS.indexOf(header.contextPath) + 1) as ContextPath,
      cgroup: header.cgroup && {
        version: header.cgroup.version,
        quotaMicros: BigInt(header.cgroup.quotaMicros),
        periodMicros: BigInt(header.cgroup.periodMicros),
        nrThrottled: BigInt(header.cgroup.nrThrottled),
        throttledMicros: BigInt(header.cgroup.throttledMicros),
      },
      loopDelay: header.loopDelay && {
        p50Nanos: BigInt(header.loopDelay.p50Nanos),
        p99Nanos: BigInt(header.loopDelay.p99Nanos),
        maxNanos: BigInt(header.loopDelay.maxNanos),
      },
      resource: attributes(header.resource),
    },
    ticks: {
      deltaMicros: list(ticks.deltaMicros),
      state: new Uint8Array(ticks.state),
      cpuMicros: list(ticks.cpuMicros),
      label: list(ticks.label),
      stack: list(ticks.stack),
      run: list(ticks.run),
    },
    labels: {
      rows: labels.map((label) => ({
        traceId: bytes(label.traceId),
        spanId: bytes(label.spanId),
        localRootId: bytes(label.localRootId),
        endpoint: label.endpoint,
        sampled: label.sampled,
        user: attributes(label.user),
      })),
    },
    journal: journal && {
      ...journal,
      turnDeltaMicros: list(journal.turnDeltaMicros),
      turnBusyMicros: list(journal.turnBusyMicros),
      turnLabel: list(journal.turnLabel),
      resumeDeltaMicros: list(journal.resumeDeltaMicros),
      resumeLabel: list(journal.resumeLabel),
      resumeSource: new Uint8Array(journal.resumeSource),
      resumeLateMicros: list(journal.resumeLateMicros),
      runDelayDeltaMicros: list(journal.runDelayDeltaMicros),
      runDelaySpanMicros: list(journal.runDelaySpanMicros),
      runDelayMicros: list(journal.runDelayMicros),
    },
    events: {
      gcDeltaMicros: list(events.gcDeltaMicros),
      gcDurationMicros: list(events.gcDurationMicros),
      gcKind: new Uint8Array(events.gcKind),
      poolDeltaMicros: list(events.poolDeltaMicros),
      poolQueueMicros: list(events.poolQueueMicros),
    },
    pprof: new Uint8Array(pprof),
    heap: heap && {
      reason: (HEAP_REASONS.indexOf(heap.reason) + 1) as HeapReason,
      intervalBytes: BigInt(heap.intervalBytes),
      pprof: new Uint8Array(heap.pprof),
    },
  };
  return create(WindowSchema, init);
}

/** A message as the generated code reads it. Throws whatever that throws. */
export function readGenerated(bytes: Uint8Array): Generated {
  return fromBinary(WindowSchema, bytes);
}
