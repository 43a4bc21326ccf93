import { ProtoWriter } from "./proto/writer.ts";
import type {
  ContextPath,
  Events,
  Header,
  HeapProfile,
  HeapReason,
  Journal,
  Label,
  Mode,
  Ticks,
  Window,
} from "./window.ts";

export const MODES: readonly Mode[] = ["continuous", "amortised", "on_demand", "slow_only"];
export const CONTEXT_PATHS: readonly ContextPath[] = ["frame", "hooks", "with"];
export const HEAP_REASONS: readonly HeapReason[] = ["interval", "near_limit"];

/**
 * The protobuf bytes of a window, uncompressed. Byte for byte what the generated code writes for the same message, at a
 * fraction of its cost: no object per tick. Limits are not checked here: see `splitWindow` for the size, and keep to
 * `LIMITS` when filling the window.
 */
export function encodeWindow(window: Window): Uint8Array {
  const steps = encodeWindowInSteps(window);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Labels between two steps: each takes half a microsecond. */
const LABELS_PER_STEP = 128;

/** `encodeWindow` for where nothing may take long: 0.1 ms a step, most of the time. */
export function* encodeWindowInSteps(window: Window): Generator<void, Uint8Array, void> {
  const writer = new ProtoWriter(
    window.pprof.length + (window.heap?.pprof.length ?? 0) + window.ticks.state.length * 12 + 4096,
  );
  message(writer, 1, window.header, writeHeader);
  message(writer, 2, window.ticks, writeTicks);
  yield;
  const labels = writer.begin(3);
  for (const [row, label] of window.labels.entries()) {
    writeLabel(writer, label);
    if (row % LABELS_PER_STEP === LABELS_PER_STEP - 1) yield;
  }
  writer.end(labels);
  yield;
  if (window.journal !== undefined) message(writer, 4, window.journal, writeJournal);
  message(writer, 5, window.events, writeEvents);
  yield;
  writer.bytes(6, window.pprof);
  if (window.heap !== undefined) message(writer, 7, window.heap, writeHeap);
  return writer.finish();
}

function message<T>(
  writer: ProtoWriter,
  field: number,
  value: T,
  write: (w: ProtoWriter, v: T) => void,
): void {
  const start = writer.begin(field);
  write(writer, value);
  writer.end(start);
}

function writeHeader(writer: ProtoWriter, header: Header): void {
  writer.uint(1, header.versionMajor);
  writer.uint(2, header.versionMinor);
  writer.hex(3, header.profileId);
  writer.uint(4, header.part);
  writer.uint(5, header.parts);
  writer.hex(6, header.instance);
  writer.uint(7, header.threadId);
  writer.string(8, header.threadName);
  writer.uint(9, header.seq);
  message(writer, 10, header.start, writeClockPair);
  message(writer, 11, header.end, writeClockPair);
  writer.uint(12, header.periodNanos);
  writer.uint(13, header.expectedTicks);
  writer.uint(14, header.takenTicks);
  writer.uint(15, header.droppedContexts);
  writer.uint(16, header.flushStallNanos);
  writer.uint(17, header.threadCpuNanos);
  writer.uint(18, header.processCpuNanos);
  writer.bool(19, header.quietLoop);
  writer.uint(20, MODES.indexOf(header.mode) + 1);
  writer.uint(21, CONTEXT_PATHS.indexOf(header.contextPath) + 1);
  const { cgroup, loopDelay } = header;
  if (cgroup !== undefined) {
    const start = writer.begin(22);
    writer.uint(1, cgroup.version);
    writer.uint(2, cgroup.quotaMicros);
    writer.uint(3, cgroup.periodMicros);
    writer.uint(4, cgroup.nrThrottled);
    writer.uint(5, cgroup.throttledMicros);
    writer.end(start);
  }
  if (loopDelay !== undefined) {
    const start = writer.begin(23);
    writer.uint(1, loopDelay.p50Nanos);
    writer.uint(2, loopDelay.p99Nanos);
    writer.uint(3, loopDelay.maxNanos);
    writer.end(start);
  }
  writeAttributes(writer, 24, header.resource);
  if (header.schedule !== undefined) writer.uint(25, MODES.indexOf(header.schedule) + 1);
}

function writeClockPair(writer: ProtoWriter, pair: Header["start"]): void {
  writer.uint64(1, pair.monotonicNanos);
  writer.uint64(2, pair.epochNanos);
}

function writeAttributes(
  writer: ProtoWriter,
  field: number,
  attributes: Readonly<Record<string, string>>,
): void {
  for (const key of Object.keys(attributes)) {
    const start = writer.begin(field);
    writer.string(1, key);
    writer.string(2, attributes[key] as string);
    writer.end(start);
  }
}

function writeTicks(writer: ProtoWriter, ticks: Ticks): void {
  writer.packed(1, ticks.deltaMicros);
  writer.bytes(2, ticks.state);
  writer.packed(3, ticks.cpuMicros);
  writer.packed(4, ticks.label);
  writer.packed(5, ticks.stack);
  writer.packed(6, ticks.run);
}

function writeLabel(writer: ProtoWriter, label: Label): void {
  const start = writer.begin(1);
  writer.hex(1, label.traceId);
  writer.hex(2, label.spanId);
  writer.hex(3, label.localRootId);
  writer.string(4, label.endpoint);
  writer.bool(5, label.sampled);
  writeAttributes(writer, 6, label.user);
  writer.end(start);
}

function writeJournal(writer: ProtoWriter, journal: Journal): void {
  writer.uint(1, journal.thresholdMicros);
  writer.packed(2, journal.turnDeltaMicros);
  writer.packed(3, journal.turnBusyMicros);
  writer.packed(4, journal.turnLabel);
  writer.packed(5, journal.resumeDeltaMicros);
  writer.packed(6, journal.resumeLabel);
  writer.uint(7, journal.droppedTurns);
  writer.uint(8, journal.droppedResumes);
  writer.bytes(9, journal.resumeSource);
  writer.packed(10, journal.resumeLateMicros);
  writer.packed(11, journal.runDelayDeltaMicros);
  writer.packed(12, journal.runDelaySpanMicros);
  writer.packed(13, journal.runDelayMicros);
}

function writeEvents(writer: ProtoWriter, events: Events): void {
  writer.packed(1, events.gcDeltaMicros);
  writer.packed(2, events.gcDurationMicros);
  writer.bytes(3, events.gcKind);
  writer.packed(4, events.poolDeltaMicros);
  writer.packed(5, events.poolQueueMicros);
}

function writeHeap(writer: ProtoWriter, heap: HeapProfile): void {
  writer.uint(1, HEAP_REASONS.indexOf(heap.reason) + 1);
  writer.uint(2, heap.intervalBytes);
  writer.bytes(3, heap.pprof);
}
