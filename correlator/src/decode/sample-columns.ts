import { NativeWriter, StoreError } from "@hotspan/store";
import type { Encoding, Piece } from "./segment-writer.ts";

/** What the ticks of a span in a window have in common. */
export interface SampleContext {
  readonly service: string;
  readonly type: string;
  readonly instance: string;
  readonly thread: number;
  readonly batch: bigint;
  readonly endpoint: string;
  readonly traceId: string;
  readonly spanId: string;
}

const keys = [
  "service",
  "type",
  "instance",
  "thread",
  "batch",
  "endpoint",
  "traceId",
  "spanId",
] as const satisfies readonly (keyof SampleContext)[];

export interface SampleFigures {
  /** `Bucket`, Unix seconds. */
  readonly seconds: number;
  /** `Timestamp`, Unix microseconds. */
  readonly micros: number;
  /** Both halves of `StackHash`. */
  readonly stackHigh: number;
  readonly stackLow: number;
  readonly state: number;
  readonly value: number;
  readonly cpuNano: number;
  readonly objects: number;
}

/** `profile_samples`, in the order they are sent. */
export const SAMPLE_COLUMNS: readonly string[] = [
  "ServiceName",
  "ProfileType",
  "Instance",
  "Endpoint",
  "TraceId",
  "SpanId",
  "Thread",
  "Batch",
  "Bucket",
  "Timestamp",
  "StackHash",
  "State",
  "Value",
  "CpuNano",
  "Objects",
];

/** A fuse: a gigabyte of rows. */
const maxRows = 8 << 20;
const stateType = "Enum8('js' = 1, 'gc' = 2, 'program' = 3)";

/**
 * Rows of `profile_samples` by column, each a context and figures: half of a row is the same for a whole window, most of the other half
 * for a span.
 */
export class SampleColumns {
  readonly #contexts: SampleContext[] = [];
  #figures: Figures;
  #length = 0;

  constructor(initialRows: number) {
    this.#figures = room(initialRows);
  }

  /** Rows so far. */
  get length(): number {
    return this.#length;
  }

  /** Forgets the rows from there on. */
  reset(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  /** Its number, for `row`. */
  context(context: SampleContext): number {
    const last = this.#contexts.at(-1);
    if (last !== undefined && keys.every((key) => last[key] === context[key]))
      return this.#contexts.length - 1;
    return this.#contexts.push(context) - 1;
  }

  row(context: number, figures: SampleFigures): void {
    const at = this.#length;
    if (at === this.#figures.context.length) this.#grow();
    this.#length = at + 1;
    const to = this.#figures;
    to.context[at] = context;
    to.seconds[at] = figures.seconds;
    to.state[at] = figures.state;
    to.stack[2 * at] = figures.stackLow;
    to.stack[2 * at + 1] = figures.stackHigh;
    setInt64(to.micros, at, figures.micros);
    setInt64(to.value, at, figures.value);
    setInt64(to.cpuNano, at, figures.cpuNano);
    setInt64(to.objects, at, figures.objects);
  }

  /** The rows of these pieces, as one block of Native. */
  bytes(pieces: readonly Piece[]): Uint8Array {
    const rows = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
    const figures = rows === this.#length ? this.#figures : gathered(this.#figures, pieces, rows);
    const runs = runsOf(figures.context, rows).map((run) => ({
      rows: run.rows,
      of: this.#contexts[run.context] as SampleContext,
    }));
    const out = new NativeWriter(SAMPLE_COLUMNS.length, rows, 64 * 1024 + rows * bytesPerRow);
    const dictionary = (name: string, keyOf: (context: SampleContext) => string): void => {
      const keys = new Map<string, number>();
      const indexes = filled(new Uint32Array(rows), runs, (context) => {
        const key = keyOf(context);
        const known = keys.get(key) ?? keys.size;
        keys.set(key, known);
        return known;
      });
      out.lowCardinality(name, [...keys.keys()], indexes);
    };
    dictionary("ServiceName", ({ service }) => service);
    dictionary("ProfileType", ({ type }) => type);
    dictionary("Instance", ({ instance }) => instance);
    dictionary("Endpoint", ({ endpoint }) => endpoint);
    out.strings(
      "TraceId",
      runs.map((run) => ({ text: run.of.traceId, rows: run.rows })),
    );
    out.strings(
      "SpanId",
      runs.map((run) => ({ text: run.of.spanId, rows: run.rows })),
    );
    out.fixed(
      "Thread",
      "UInt32",
      filled(new Uint32Array(rows), runs, ({ thread }) => thread),
    );
    out.fixed(
      "Batch",
      "UInt64",
      filled(new BigUint64Array(rows), runs, ({ batch }) => batch),
    );
    out.fixed("Bucket", "DateTime('UTC')", figures.seconds.subarray(0, rows));
    out.fixed("Timestamp", "DateTime64(6, 'UTC')", figures.micros.subarray(0, 2 * rows));
    out.fixed("StackHash", "UInt64", figures.stack.subarray(0, 2 * rows));
    out.fixed("State", stateType, figures.state.subarray(0, rows));
    out.fixed("Value", "Int64", figures.value.subarray(0, 2 * rows));
    out.fixed("CpuNano", "Int64", figures.cpuNano.subarray(0, 2 * rows));
    out.fixed("Objects", "UInt64", figures.objects.subarray(0, 2 * rows));
    return out.view();
  }

  #grow(): void {
    const rows = this.#length;
    if (rows >= maxRows)
      throw new StoreError(
        "HOTSPAN_STORE_ROW_TOO_LARGE",
        `One insert would have more than ${maxRows} samples.`,
      );
    const larger = room(rows * 2);
    for (const name of names) larger[name].set(this.#figures[name]);
    this.#figures = larger;
  }
}

export const sampleEncoding: Encoding<SampleColumns> = {
  format: "Native",
  create: (initialBytes) => new SampleColumns(Math.ceil(initialBytes / bytesPerRow)),
  bytes: (columns, pieces) => columns.bytes(pieces),
};

/** Of a row with a span, as it is sent. */
const bytesPerRow = 120;

/** Numbers of 64 bits are two of 32, the lower one first: as they lie in memory. */
interface Figures {
  readonly context: Uint32Array;
  readonly seconds: Uint32Array;
  readonly state: Uint8Array;
  readonly stack: Uint32Array;
  readonly micros: Uint32Array;
  readonly value: Uint32Array;
  readonly cpuNano: Uint32Array;
  readonly objects: Uint32Array;
}

function room(rows: number): Figures {
  return {
    context: new Uint32Array(rows),
    seconds: new Uint32Array(rows),
    state: new Uint8Array(rows),
    stack: new Uint32Array(2 * rows),
    micros: new Uint32Array(2 * rows),
    value: new Uint32Array(2 * rows),
    cpuNano: new Uint32Array(2 * rows),
    objects: new Uint32Array(2 * rows),
  };
}

const names = Object.keys(room(0)) as (keyof Figures)[];

/** A safe integer, negative ones too (two's complement). */
function setInt64(to: Uint32Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  to[2 * at] = value - high * 0x1_0000_0000;
  to[2 * at + 1] = high;
}

function gathered(from: Figures, pieces: readonly Piece[], rows: number): Figures {
  const to = room(rows);
  let at = 0;
  for (const { start, end } of pieces) {
    for (const name of names) {
      const width = to[name].length / rows;
      to[name].set(from[name].subarray(start * width, end * width), at * width);
    }
    at += end - start;
  }
  return to;
}

/** Rows behind each other with one context. */
function runsOf(contexts: Uint32Array, rows: number): { readonly context: number; readonly rows: number }[] {
  const runs: { context: number; rows: number }[] = [];
  let start = 0;
  for (let at = 1; at <= rows; at++) {
    if (at < rows && contexts[at] === contexts[start]) continue;
    runs.push({ context: contexts[start] as number, rows: at - start });
    start = at;
  }
  return runs;
}

/** A column of what the contexts say. */
function filled<Value, Column extends { fill(value: Value, start: number, end: number): unknown }>(
  column: Column,
  runs: readonly { readonly of: SampleContext; readonly rows: number }[],
  valueOf: (context: SampleContext) => Value,
): Column {
  let at = 0;
  for (const { of, rows } of runs) {
    column.fill(valueOf(of), at, at + rows);
    at += rows;
  }
  return column;
}
