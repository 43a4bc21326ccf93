import type { WireErrorCode } from "./errors.ts";
import { WireError } from "./errors.ts";

/** The version this code writes. It reads every minor of this major and of older ones. */
export const WIRE_VERSION: { readonly major: number; readonly minor: number } = { major: 1, minor: 3 };

/**
 * What one message may carry. An agent stays far below; the limits keep one bad or hostile message from taking the
 * memory of a correlator. They multiply: 100 k ticks × 256-byte endpoints are 25 MB of rows, 2 M frames × 32 bytes 64 MB.
 */
export const LIMITS = {
  /** Compressed bytes a part aims at, so that a Kafka record with its headers stays under the default 1 MB. */
  targetBytes: 512_000,
  /** Compressed bytes above which a message is refused. */
  messageBytes: 900_000,
  /** Bytes after decompression: 32 MiB. */
  windowBytes: 33_554_432,
  /** From start to end of a window. 10 s by default, 30 s when held for a long span. */
  windowMillis: 600_000,
  /** Entries of the tick columns; a minute at 99 Hz has 5940. */
  ticks: 100_000,
  /** Rows of the label table; each names a span, so there are never more than ticks, turns and resumes together. */
  labels: 100_000,
  userLabels: 32,
  resourceAttributes: 128,
  /** Entries of the turn, the resume and the run delay columns, each. */
  turns: 100_000,
  /** Entries of the GC and of the probe columns, each. */
  events: 100_000,
  /** Samples of the pprof section. */
  samples: 100_000,
  /** Frames of one stack; V8 itself records at most 255. */
  depth: 512,
  /** Frames of all distinct stacks together. */
  frames: 2_000_000,
  /** UTF-8 bytes of all frames of all distinct stacks together: what the stack rows would take. 128 MiB. */
  frameBytes: 134_217_728,
  /** UTF-8 bytes of a function or file name. `data:` URLs are longer: the agent cuts them. */
  frameLength: 4096,
  /** UTF-8 bytes of a service name, an endpoint, a thread name, a key. */
  nameLength: 256,
  /** UTF-8 bytes of an attribute's or user label's value. */
  valueLength: 4096,
  /** A window's clock against the time of the record that brought it: 24 h, 5 min. */
  pastMillis: 86_400_000,
  futureMillis: 300_000,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };

export function atMost(value: number, limit: number, code: WireErrorCode, what: string): void {
  if (value > limit) throw new WireError(code, `${value} ${what}; the limit is ${limit}`);
}

/**
 * Refuses what lies outside [record − 24 h, record + 5 min], before it can open partitions.
 * Judged against the record's own time, never against now: a replay must agree with the first reading.
 * `epochMillis` of the window or span, `recordMillis` of the Kafka record (or the HTTP receipt).
 */
export function timeInRange(epochMillis: number, recordMillis: number, limits: Limits = LIMITS): boolean {
  const offset = epochMillis - recordMillis;
  return offset >= -limits.pastMillis && offset <= limits.futureMillis;
}
