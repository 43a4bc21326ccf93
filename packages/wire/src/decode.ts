import { Column } from "./proto/column.ts";
import { malformed, ProtoReader } from "./proto/reader.ts";
import { BYTES } from "./proto/writer.ts";
import { WireError } from "./errors.ts";
import { decodeHeader } from "./decode-header.ts";
import { decodeHeap } from "./decode-heap.ts";
import { readAttribute, readName, type Mutable } from "./decode-parts.ts";
import { atMost, LIMITS, type Limits } from "./limits.ts";
import type { Events, Header, HeapProfile, Journal, Label, Ticks, Window } from "./window.ts";
import { TickState } from "./window.ts";

/**
 * Reads the (uncompressed) bytes of a window and checks everything that can be checked without opening the pprof section:
 * version, limits, columns of equal length, labels that exist, ticks within the window.
 * @throws WireError; no bytes, however odd, make it throw anything else.
 */
export function decodeWindow(bytes: Uint8Array, limits: Limits = LIMITS): Window {
  atMost(bytes.length, limits.windowBytes, "HOTSPAN_WIRE_WINDOW_TOO_LARGE", "bytes");
  const reader = new ProtoReader(bytes);
  let header: Header | undefined;
  const ticks = tickColumns(limits);
  let state: Uint8Array = new Uint8Array(0);
  const labels: Label[] = [];
  const journal = journalColumns(limits);
  const journalCounts = { thresholdMicros: 0, droppedTurns: 0, droppedResumes: 0 };
  let resumeSource: Uint8Array = new Uint8Array(0);
  let hasJournal = false;
  const events = eventColumns(limits);
  let gcKind: Uint8Array = new Uint8Array(0);
  let pprof: Uint8Array = new Uint8Array(0);
  let heap: HeapProfile | undefined;

  while (reader.next()) {
    switch (reader.field) {
      case 1:
        if (header !== undefined) throw malformed("two headers");
        reader.message((r) => {
          header = decodeHeader(r, limits);
        });
        break;
      case 2:
        reader.message((r) => {
          while (r.next()) {
            if (r.field === 2) state = r.bytes();
            else readColumn(r, ticks);
          }
        });
        break;
      case 3:
        reader.message((r) => {
          while (r.next()) {
            if (r.field !== 1) {
              r.skip();
              continue;
            }
            atMost(labels.length + 1, limits.labels, "HOTSPAN_WIRE_TOO_MANY_LABELS", "labels");
            r.message(() => labels.push(readLabel(r, limits)));
          }
        });
        break;
      case 4:
        hasJournal = true;
        reader.message((r) => {
          while (r.next()) {
            if (r.field === 1) journalCounts.thresholdMicros = scalar(r);
            else if (r.field === 7) journalCounts.droppedTurns = scalar(r);
            else if (r.field === 8) journalCounts.droppedResumes = scalar(r);
            else if (r.field === 9) resumeSource = r.bytes();
            else readColumn(r, journal);
          }
        });
        break;
      case 5:
        reader.message((r) => {
          while (r.next()) {
            if (r.field === 3) gcKind = r.bytes();
            else readColumn(r, events);
          }
        });
        break;
      case 6:
        reader.expect(BYTES);
        pprof = reader.view();
        break;
      case 7:
        reader.message((r) => {
          heap = decodeHeap(r);
        });
        break;
      default:
        reader.skip();
    }
  }
  if (header === undefined) throw new WireError("HOTSPAN_WIRE_MISSING_FIELD", "the window has no header");
  const window: Window = {
    header,
    ticks: finishTicks(ticks, state),
    labels,
    journal: hasJournal ? finishJournal(journal, resumeSource, journalCounts) : undefined,
    events: finishEvents(events, gcKind),
    pprof,
    heap,
  };
  checkTicks(window.ticks, labels.length);
  checkTimes(window);
  if (window.journal !== undefined) {
    checkLabels(window.journal.turnLabel, labels.length, "turn");
    checkLabels(window.journal.resumeLabel, labels.length, "resume");
  }
  return window;
}

type Columns = Readonly<Record<number, Column>>;

function readColumn(reader: ProtoReader, columns: Columns): void {
  const column = columns[reader.field];
  if (column === undefined) reader.skip();
  else column.read(reader);
}

function scalar(reader: ProtoReader): number {
  reader.expect(0);
  return reader.uint32();
}

function tickColumns(limits: Limits): Columns {
  const column = (): Column => new Column(limits.ticks, "HOTSPAN_WIRE_TOO_MANY_TICKS", "ticks");
  return { 1: column(), 3: column(), 4: column(), 5: column(), 6: column() };
}

function journalColumns(limits: Limits): Columns {
  const column = (): Column => new Column(limits.turns, "HOTSPAN_WIRE_TOO_MANY_TURNS", "turns or resumes");
  return {
    2: column(),
    3: column(),
    4: column(),
    5: column(),
    6: column(),
    10: column(),
    11: column(),
    12: column(),
    13: column(),
  };
}

function eventColumns(limits: Limits): Columns {
  const column = (): Column => new Column(limits.events, "HOTSPAN_WIRE_TOO_MANY_EVENTS", "events");
  return { 1: column(), 2: column(), 4: column(), 5: column() };
}

function finish(columns: Columns, field: number): Uint32Array {
  return columns[field]?.finish() ?? new Uint32Array(0);
}

function finishTicks(columns: Columns, state: Uint8Array): Ticks {
  const ticks: Ticks = {
    deltaMicros: finish(columns, 1),
    state,
    cpuMicros: finish(columns, 3),
    label: finish(columns, 4),
    stack: finish(columns, 5),
    run: finish(columns, 6),
  };
  const { length } = ticks.deltaMicros;
  equalLength("tick", length, state, ticks.cpuMicros, ticks.label, ticks.stack);
  if (ticks.run.length !== 0) equalLength("tick", length, ticks.run);
  return ticks;
}

function finishJournal(
  columns: Columns,
  resumeSource: Uint8Array,
  counts: Pick<Journal, "thresholdMicros" | "droppedTurns" | "droppedResumes">,
): Journal {
  const journal: Journal = {
    ...counts,
    turnDeltaMicros: finish(columns, 2),
    turnBusyMicros: finish(columns, 3),
    turnLabel: finish(columns, 4),
    resumeDeltaMicros: finish(columns, 5),
    resumeLabel: finish(columns, 6),
    resumeSource,
    resumeLateMicros: finish(columns, 10),
    runDelayDeltaMicros: finish(columns, 11),
    runDelaySpanMicros: finish(columns, 12),
    runDelayMicros: finish(columns, 13),
  };
  equalLength("turn", journal.turnDeltaMicros.length, journal.turnBusyMicros, journal.turnLabel);
  const { length } = journal.resumeDeltaMicros;
  equalLength("resume", length, journal.resumeLabel);
  for (const column of [journal.resumeSource, journal.resumeLateMicros])
    if (column.length !== 0) equalLength("resume", length, column);
  const { runDelayDeltaMicros, runDelaySpanMicros, runDelayMicros } = journal;
  equalLength("run delay", runDelayDeltaMicros.length, runDelaySpanMicros, runDelayMicros);
  return journal;
}

function finishEvents(columns: Columns, gcKind: Uint8Array): Events {
  const events: Events = {
    gcDeltaMicros: finish(columns, 1),
    gcDurationMicros: finish(columns, 2),
    gcKind,
    poolDeltaMicros: finish(columns, 4),
    poolQueueMicros: finish(columns, 5),
  };
  equalLength("gc", events.gcDeltaMicros.length, events.gcDurationMicros, gcKind);
  equalLength("pool", events.poolDeltaMicros.length, events.poolQueueMicros);
  return events;
}

function equalLength(name: string, length: number, ...columns: readonly { readonly length: number }[]): void {
  for (const column of columns) {
    if (column.length !== length) {
      throw new WireError(
        "HOTSPAN_WIRE_BAD_COLUMNS",
        `${name} columns of ${length} and ${column.length} entries`,
      );
    }
  }
}

function readLabel(reader: ProtoReader, limits: Limits): Label {
  const label: Mutable<Label> = {
    traceId: "",
    spanId: "",
    localRootId: "",
    endpoint: "",
    sampled: false,
    user: {},
  };
  let user: [string, string][] | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        label.traceId = id(reader, 32);
        break;
      case 2:
        label.spanId = id(reader, 16);
        break;
      case 3:
        label.localRootId = id(reader, 16);
        break;
      case 4:
        label.endpoint = readName(reader, limits);
        break;
      case 5:
        reader.expect(0);
        label.sampled = reader.bool();
        break;
      case 6:
        user ??= [];
        atMost(user.length + 1, limits.userLabels, "HOTSPAN_WIRE_TOO_MANY_USER_LABELS", "user labels");
        user.push(readAttribute(reader, limits));
        break;
      default:
        reader.skip();
    }
  }
  if (user !== undefined) label.user = Object.fromEntries(user);
  return label;
}

function id(reader: ProtoReader, digits: number): string {
  const hex = reader.hex();
  if (hex.length !== digits && hex.length !== 0) {
    throw new WireError("HOTSPAN_WIRE_BAD_VALUE", `an id of ${hex.length / 2} bytes, not ${digits / 2}`);
  }
  return hex;
}

function checkTicks(ticks: Ticks, labels: number): void {
  const { state, stack, label, run } = ticks;
  checkLabels(label, labels, "tick");
  for (let i = 0; i < state.length; i++) {
    const s = state[i] as number;
    if (s < TickState.js || s > TickState.idle) {
      throw new WireError("HOTSPAN_WIRE_BAD_VALUE", `tick ${i} has the unknown state ${s}`);
    }
    if (s === TickState.idle) {
      if (stack[i] !== 0) throw new WireError("HOTSPAN_WIRE_BAD_VALUE", `tick ${i} is idle and has a stack`);
    } else if (run.length !== 0 && run[i] !== 1) {
      throw new WireError("HOTSPAN_WIRE_BAD_VALUE", `tick ${i} is a run and not idle`);
    }
    if (run.length !== 0 && run[i] === 0)
      throw new WireError("HOTSPAN_WIRE_BAD_VALUE", `tick ${i} is a run of 0`);
  }
}

function checkLabels(column: Uint32Array, labels: number, what: string): void {
  for (let i = 0; i < column.length; i++) {
    if ((column[i] as number) > labels) {
      throw new WireError(
        "HOTSPAN_WIRE_BAD_REFERENCE",
        `${what} ${i} refers to label ${column[i]} of ${labels}`,
      );
    }
  }
}

// Sampler, journal and window read clocks at slightly different moments.
const slackMicros = 1_000_000;

/** Ticks, turns and events lie within the window: their sum of deltas must not open partitions years away. */
function checkTimes({ header, ticks, journal, events }: Window): void {
  const micros = Number((header.end.monotonicNanos - header.start.monotonicNanos) / 1000n) + slackMicros;
  within(ticks.deltaMicros, micros, "ticks");
  within(events.gcDeltaMicros, micros, "garbage collections");
  within(events.poolDeltaMicros, micros, "pool probes");
  if (journal !== undefined) {
    within(journal.turnDeltaMicros, micros, "turns");
    within(journal.resumeDeltaMicros, micros, "resumes");
  }
}

function within(deltas: Uint32Array, micros: number, what: string): void {
  let at = 0;
  for (let i = 0; i < deltas.length; i++) at += deltas[i] as number;
  if (at > micros) {
    throw new WireError("HOTSPAN_WIRE_BAD_VALUE", `${what} reach ${at - micros} µs beyond the window's end`);
  }
}
