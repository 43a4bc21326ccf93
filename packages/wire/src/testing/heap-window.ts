import { emptyColumns, type HeapReason, type Window } from "../window.ts";
import { type Frame, writeProfile } from "./pprof.ts";
import { makeWindow, type WindowOptions } from "./window.ts";

export interface HeapStack {
  /** Leaf first. */
  readonly frames: readonly Frame[];
  readonly objects: number;
  readonly bytes: number;
  readonly allocObjects?: number;
  readonly allocBytes?: number;
}

export interface HeapWindowOptions
  extends Pick<WindowOptions, "seed" | "service" | "instance" | "threadId" | "seq" | "startMillis"> {
  readonly stacks: readonly HeapStack[];
  readonly reason?: HeapReason;
  /** Whether allocations are sampled, too. */
  readonly allocations?: boolean;
}

/** A window with a heap profile, as an agent would send it. */
export function makeHeapWindow(options: HeapWindowOptions): Window {
  const { header } = makeWindow({ ...options, seconds: 1, stacks: 3, spans: 1 });
  const { stacks } = options;
  const column = (of: (stack: HeapStack) => number): number[] => stacks.map(of);
  return {
    header: { ...header, end: header.start, expectedTicks: 0, takenTicks: 0 },
    ...emptyColumns(),
    labels: [],
    journal: undefined,
    pprof: new Uint8Array(0),
    heap: {
      reason: options.reason ?? "interval",
      intervalBytes: 524_288,
      pprof: writeProfile(
        stacks.map((stack) => stack.frames),
        [
          ["inuse_objects", "count", column((stack) => stack.objects)],
          ["inuse_space", "bytes", column((stack) => stack.bytes)],
          ...(options.allocations === true
            ? ([
                ["alloc_objects", "count", column((stack) => stack.allocObjects ?? 0)],
                ["alloc_space", "bytes", column((stack) => stack.allocBytes ?? 0)],
              ] as const)
            : []),
        ],
        ["space", "bytes", 524_288],
      ),
    },
  };
}
