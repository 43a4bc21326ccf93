import {
  decodeWindow,
  decompress,
  HEADERS,
  LIMITS,
  type Limits,
  readPprof,
  tickWeights,
  timeInRange,
  type Window,
  WireError,
} from "@hotspan/wire";
import { type CheckedHeap, checkHeap } from "./heap.ts";
import { readStacks, type Stacks } from "./stacks.ts";
import type { WindowKey } from "./types.ts";

/** A window all of whose limits and references were checked: writing its rows cannot fail. */
export interface CheckedWindow {
  readonly window: Window;
  readonly key: WindowKey;
  readonly stacks: Stacks;
  /** Wall nanoseconds per tick entry. */
  readonly weights: Float64Array;
  readonly startMicros: number;
  readonly endMicros: number;
  readonly heap: CheckedHeap | undefined;
}

/** The bytes behind a record's content encoding; without a header, by the magic number of zstd and gzip. */
export async function openWindow(
  value: Uint8Array,
  encoding: string | undefined,
  limits: Limits = LIMITS,
): Promise<Uint8Array> {
  if (value.length > limits.messageBytes) {
    throw new WireError(
      "HOTSPAN_WIRE_MESSAGE_TOO_LARGE",
      `${value.length} bytes; the limit is ${limits.messageBytes}`,
    );
  }
  return decompress(value, encoding ?? sniff(value), limits.windowBytes);
}

/**
 * Decodes and checks everything a window says.
 * @param recordMs the record's own time: windows outside [−24 h, +5 min] of it are refused
 * @throws WireError
 */
export function checkWindow(bytes: Uint8Array, recordMs: number, limits: Limits = LIMITS): CheckedWindow {
  const window = decodeWindow(bytes, limits);
  const { header, ticks } = window;
  const startMicros = Number(header.start.epochNanos / 1000n);
  const endMicros = Number(header.end.epochNanos / 1000n);
  const spanned = Number((header.end.monotonicNanos - header.start.monotonicNanos) / 1000n);
  for (const micros of [startMicros, endMicros, startMicros + spanned]) {
    if (!timeInRange(micros / 1000, recordMs, limits)) {
      throw new WireError(
        "HOTSPAN_WIRE_TIME_OUT_OF_RANGE",
        `the window's clock says ${micros} µs, its record ${recordMs} ms`,
      );
    }
  }
  const stacks = readStacks(readPprof(window.pprof, limits), ticks.stack, limits);
  return {
    window,
    key: {
      instance: header.instance,
      thread: header.threadId,
      startMicros: BigInt(startMicros),
      part: header.part,
    },
    stacks,
    weights: tickWeights(ticks, header),
    startMicros,
    endMicros,
    heap: checkHeap(window, limits),
  };
}

/** What a door answers a sender before it promises to keep the record: the checks of the batch, without its rows. */
export async function inspectWindow(
  value: Uint8Array,
  encoding: string | undefined,
  recordMs: number,
): Promise<WindowKey> {
  return checkWindow(await openWindow(value, encoding), recordMs).key;
}

export function encodingOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers[HEADERS.encoding];
}

function sniff(value: Uint8Array): string {
  if (value[0] === 0x28 && value[1] === 0xb5 && value[2] === 0x2f && value[3] === 0xfd) return "zstd";
  if (value[0] === 0x1f && value[1] === 0x8b) return "gzip";
  return "identity";
}
