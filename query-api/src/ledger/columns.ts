import type { LedgerEvent, LedgerWindow } from "@hotspan/ledger";
import { RowReader } from "../db/rowbinary.ts";

/** What `readWindowRows` reads, in its order: the SELECT list of profile_windows. */
export const WINDOW_COLUMNS = `ServiceName, Instance, Thread, StartUnixNano, EndUnixNano, StartMonotonicNano, EndMonotonicNano,
  Seq, Part, Parts, PeriodNano, QuietLoop, HasJournal, ExpectedTicks, TakenTicks, DroppedContexts,
  TickDelta, TickState, TickCpu, TickLabel, TickStack, TickRun,
  LabelTraceId, LabelSpanId, LabelLocalRootId, LabelEndpoint, StackHashes,
  TurnDelta, TurnBusy, TurnLabel, ResumeDelta, ResumeLabel, ResumeSource, ResumeLate,
  RunDelayDelta, RunDelaySpan, RunDelay, JournalThresholdMicros, CgroupThrottledMicros`;

/** Stacks are `hash service`: what a stack is known by in the store. */
export function readWindowRows(bytes: Uint8Array): LedgerWindow[] {
  const row = new RowReader(bytes);
  const windows: LedgerWindow[] = [];
  while (!row.done) {
    const service = row.string();
    const header = {
      instance: row.string(),
      thread: row.u32(),
      startUnixNano: row.u64(),
      endUnixNano: row.u64(),
      startMonotonicNano: row.u64(),
      endMonotonicNano: row.u64(),
      seq: Number(row.u64()),
      part: row.u16(),
      parts: row.u16(),
      periodNano: Number(row.u64()),
      quietLoop: row.bool(),
      hasJournal: row.bool(),
      expectedTicks: row.u32(),
      takenTicks: row.u32(),
      droppedContexts: row.u32(),
    };
    const ticks = {
      tickDelta: row.u32s(),
      tickState: row.u8s(),
      tickCpu: row.u32s(),
      tickLabel: row.u32s(),
      tickStack: row.u32s(),
      tickRun: row.u32s(),
    };
    const [traceIds, spanIds, localRootIds, endpoints] = [
      row.strings(),
      row.strings(),
      row.strings(),
      row.strings(),
    ];
    const labels = traceIds.map((traceId, i) => ({
      traceId,
      spanId: spanIds[i] ?? "",
      localRootId: localRootIds[i] ?? "",
      endpoint: endpoints[i] ?? "",
    }));
    const rest = {
      stacks: row.u64s().map((hash) => `${hash} ${service}`),
      turnDelta: row.u32s(),
      turnBusy: row.u32s(),
      turnLabel: row.u32s(),
      resumeDelta: row.u32s(),
      resumeLabel: row.u32s(),
      resumeSource: row.u8s(),
      resumeLate: row.u32s(),
      runDelayDelta: row.u32s(),
      runDelaySpan: row.u32s(),
      runDelay: row.u32s(),
      journalThresholdMicros: row.u32(),
      cgroupThrottledMicros: Number(row.u64()),
    };
    // A plain pprof has no period, so no ticks.
    if (header.periodNano > 0) windows.push({ ...header, ...ticks, labels, ...rest });
  }
  return windows;
}

export const EVENT_COLUMNS = `Instance, Thread, toUnixTimestamp64Micro(Timestamp)::UInt64, Kind, DurationNano`;

export interface StoredEvent extends LedgerEvent {
  readonly instance: string;
  readonly thread: number;
}

const KINDS: ReadonlySet<string> = new Set(["gc_minor", "gc_major", "gc_incremental", "gc_weakcb", "pool"]);

/** Rows of `EVENT_COLUMNS` as RowBinary. */
export function readEventRows(bytes: Uint8Array): StoredEvent[] {
  const row = new RowReader(bytes);
  const events: StoredEvent[] = [];
  while (!row.done) {
    const instance = row.string();
    const thread = row.u32();
    const startUnixNano = row.u64() * 1000n;
    const kind = row.string();
    const durationNano = Number(row.u64());
    const known = KINDS.has(kind) ? kind : kind.startsWith("gc") ? "gc_other" : undefined;
    if (known !== undefined)
      events.push({ instance, thread, startUnixNano, kind: known as LedgerEvent["kind"], durationNano });
  }
  return events;
}
