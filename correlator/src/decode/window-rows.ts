import type { Window } from "@hotspan/wire";
import type { RowWriter } from "@hotspan/store";
import { dayPartition } from "./partition.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import type { Stacks } from "./stacks.ts";
import type { RecordMeta } from "./types.ts";
import type { CheckedWindow } from "./window.ts";

export const WINDOW_COLUMNS: readonly string[] = [
  "Instance",
  "Thread",
  "Start",
  "End",
  "Seq",
  "Part",
  "Parts",
  "ProfileId",
  "ServiceName",
  "ServiceVersion",
  "ThreadName",
  "StartMonotonicNano",
  "EndMonotonicNano",
  "StartUnixNano",
  "EndUnixNano",
  "PeriodNano",
  "ExpectedTicks",
  "TakenTicks",
  "DroppedContexts",
  "FlushStallNano",
  "ThreadCpuNano",
  "ProcessCpuNano",
  "QuietLoop",
  "HasJournal",
  "Mode",
  "Schedule",
  "ContextPath",
  "CgroupVersion",
  "CgroupQuotaMicros",
  "CgroupPeriodMicros",
  "CgroupThrottled",
  "CgroupThrottledMicros",
  "LoopDelayP50Nano",
  "LoopDelayP99Nano",
  "LoopDelayMaxNano",
  "TickDelta",
  "TickState",
  "TickCpu",
  "TickLabel",
  "TickStack",
  "TickRun",
  "LabelTraceId",
  "LabelSpanId",
  "LabelLocalRootId",
  "LabelEndpoint",
  "LabelSampled",
  "LabelUser",
  "StackHashes",
  "JournalThresholdMicros",
  "JournalDroppedTurns",
  "JournalDroppedResumes",
  "TurnDelta",
  "TurnBusy",
  "TurnLabel",
  "ResumeDelta",
  "ResumeLabel",
  "ResumeSource",
  "ResumeLate",
  "RunDelayDelta",
  "RunDelaySpan",
  "RunDelay",
  "Batch",
  "Source",
  "SourceOffset",
  "ReceivedAt",
];

/** `profile_windows`: the one row of a window, in the order of `WINDOW_COLUMNS`. */
export function writeWindow(
  to: SegmentWriter,
  checked: CheckedWindow,
  names: { readonly service: string; readonly version: string },
  meta: RecordMeta,
  batch: bigint,
): void {
  const { window, stacks, startMicros } = checked;
  const { header } = window;
  const { out } = to;
  out.string(header.instance);
  out.u32(header.threadId);
  out.i64Number(startMicros);
  out.i64Number(checked.endMicros);
  out.i64Number(header.seq);
  out.u16(header.part);
  out.u16(header.parts);
  out.string(header.profileId);
  out.string(names.service);
  out.string(names.version);
  out.string(header.threadName);
  out.u64(header.start.monotonicNanos);
  out.u64(header.end.monotonicNanos);
  out.u64(header.start.epochNanos);
  out.u64(header.end.epochNanos);
  // A heap profile comes in a window without ticks, whose sequence number is that of one with them.
  out.i64Number(checked.heap !== undefined && window.ticks.state.length === 0 ? 0 : header.periodNanos);
  out.u32(header.expectedTicks);
  out.u32(header.takenTicks);
  out.u32(header.droppedContexts);
  out.i64Number(header.flushStallNanos);
  out.i64Number(header.threadCpuNanos);
  out.i64Number(header.processCpuNanos);
  out.bool(header.quietLoop);
  out.bool(window.journal !== undefined);
  out.string(header.mode);
  out.string(header.schedule ?? (header.mode === "slow_only" ? "" : header.mode));
  out.string(header.contextPath);
  const { cgroup, loopDelay } = header;
  out.u8(cgroup?.version ?? 0);
  out.i64Number(cgroup?.quotaMicros ?? 0);
  out.i64Number(cgroup?.periodMicros ?? 0);
  out.i64Number(cgroup?.nrThrottled ?? 0);
  out.i64Number(cgroup?.throttledMicros ?? 0);
  out.i64Number(loopDelay?.p50Nanos ?? 0);
  out.i64Number(loopDelay?.p99Nanos ?? 0);
  out.i64Number(loopDelay?.maxNanos ?? 0);
  writeTicks(out, window, stacks);
  writeLabels(out, window);
  writeStacks(out, stacks);
  writeJournal(out, window);
  out.u64(batch);
  out.string(meta.source);
  out.u64(meta.offset);
  out.i64Number(meta.timestampMs);
  const startMs = Math.floor(startMicros / 1000);
  to.row(dayPartition(startMs), startMs);
}

function writeTicks(out: RowWriter, { ticks }: Window, stacks: Stacks): void {
  out.u32Array(ticks.deltaMicros);
  out.u8Array(ticks.state);
  out.u32Array(ticks.cpuMicros);
  out.u32Array(ticks.label);
  // From samples of the pprof section to distinct stacks: many samples share a stack and differ in their labels.
  out.u32Array(ticks.stack.map((sample) => (sample === 0 ? 0 : (stacks.ofSample[sample - 1] as number))));
  out.u32Array(ticks.run);
}

function writeLabels(out: RowWriter, { labels }: Window): void {
  const column = (of: (label: Window["labels"][number]) => string): void => {
    out.arrayLength(labels.length);
    for (const label of labels) out.string(of(label));
  };
  column((label) => label.traceId);
  column((label) => label.spanId);
  column((label) => label.localRootId);
  column((label) => label.endpoint);
  out.arrayLength(labels.length);
  for (const label of labels) out.bool(label.sampled);
  out.arrayLength(labels.length);
  for (const label of labels) out.stringMap(label.user);
}

function writeStacks(out: RowWriter, { index }: Stacks): void {
  out.arrayLength(index.size);
  for (let i = 0; i < index.size; i++) out.u64Lanes(index.high(i), index.low(i));
}

const none = new Uint32Array(0);

function writeJournal(out: RowWriter, { journal }: Window): void {
  out.u32(journal?.thresholdMicros ?? 0);
  out.u32(journal?.droppedTurns ?? 0);
  out.u32(journal?.droppedResumes ?? 0);
  out.u32Array(journal?.turnDeltaMicros ?? none);
  out.u32Array(journal?.turnBusyMicros ?? none);
  out.u32Array(journal?.turnLabel ?? none);
  out.u32Array(journal?.resumeDeltaMicros ?? none);
  out.u32Array(journal?.resumeLabel ?? none);
  out.u8Array(journal?.resumeSource ?? new Uint8Array(0));
  out.u32Array(journal?.resumeLateMicros ?? none);
  out.u32Array(journal?.runDelayDeltaMicros ?? none);
  out.u32Array(journal?.runDelaySpanMicros ?? none);
  out.u32Array(journal?.runDelayMicros ?? none);
}
