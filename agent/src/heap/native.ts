import { isMainThread } from "node:worker_threads";
import { requireHere } from "../package-root.ts";
import type { Frame } from "../window/pprof-frames.ts";

/** Objects of one size; numbers are V8's estimate of all objects from those it sampled. */
export interface LiveObjects {
  readonly sizeBytes: number;
  readonly count: number;
}

/** Where allocations are sampled: what was allocated since the sampler's start, and what of it is alive. */
export interface AllocatedObjects {
  readonly inuseObjects: number;
  readonly inuseSpaceBytes: number;
  readonly allocObjects: number;
  readonly allocSpaceBytes: number;
}

export interface HeapNode extends Frame {
  readonly children: readonly HeapNode[];
  readonly allocations: readonly (LiveObjects | AllocatedObjects)[];
}

interface Bindings {
  startSamplingHeapProfiler(intervalBytes: number, depth: number, allocations: boolean): void;
  stopSamplingHeapProfiler(): void;
  getAllocationProfile(): HeapNode;
  monitorOutOfMemory(
    extensionBytes: number,
    mostExtensions: number,
    printFolded: boolean,
    command: readonly string[],
    callback: undefined,
    callbackMode: number,
    mainThread: boolean,
    extensionAutomatic: boolean,
  ): void;
}

// Private, like those of the time profiler and for the same reason: the public serialiser copies the stack for each node.
const BINDINGS = "@datadog/pprof/out/src/heap-profiler-bindings.js";
const DEPTH = 64;
const ASYNC_CALLBACK = 1;

/** V8's sampling heap profiler of this thread; there is one only. It sees what is allocated from `start` on. */
export class HeapSampler {
  readonly #bindings = requireHere(BINDINGS) as Bindings;
  readonly #intervalBytes: number;
  readonly #allocations: boolean;

  constructor(intervalBytes: number, allocations: boolean) {
    this.#intervalBytes = intervalBytes;
    this.#allocations = allocations;
  }

  start(): void {
    this.#bindings.startSamplingHeapProfiler(this.#intervalBytes, DEPTH, this.#allocations);
  }

  stop(): void {
    this.#bindings.stopSamplingHeapProfiler();
  }

  take(): HeapNode {
    const root = this.#bindings.getAllocationProfile();
    // With allocations V8 keeps each sampled object for good, alive or not: only a new start forgets them.
    if (this.#allocations) {
      this.stop();
      this.start();
    }
    return root;
  }

  /**
   * When the heap is about to pass its limit V8's profile is written to a file and `command` run with its path behind it, while
   * the thread waits, 5 s at most. Then the limit is raised by one young generation, without which V8 could not finish, and once
   * only until the next `take`.
   */
  watchLimit(command: readonly string[]): void {
    this.#bindings.monitorOutOfMemory(0, 1, false, command, undefined, ASYNC_CALLBACK, isMainThread, true);
  }
}
