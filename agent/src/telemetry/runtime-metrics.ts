import { getHeapSpaceStatistics, type HeapSpaceInfo } from "node:v8";
import { runningWorkers } from "../facts/workers.ts";
import { requireHere } from "../package-root.ts";
import type { Attributes, Callback, Meter, Observable } from "./metrics.ts";

/** Listing the active resources takes as long as there are many: at most so often, and of so many kinds. */
const RESOURCES_EVERY_MILLIS = 10_000;
const MOST_KINDS = 30;

/**
 * What nobody else tells of the thread's runtime: worker threads, active resources, and the heap by its spaces, as the semantic conventions
 * name them, unless OpenTelemetry's own instrumentation of the runtime does.
 */
export function registerRuntime(
  meter: Meter,
  thread: Attributes,
  observe: (instrument: Observable, callback: Callback) => void,
): void {
  observe(
    meter.createObservableGauge("hotspan.worker_threads", {
      unit: "{thread}",
      description: "Worker threads that this thread has started and that are running.",
    }),
    (result) => result.observe(runningWorkers(), thread),
  );
  const resources = new ActiveResources();
  observe(
    meter.createObservableGauge("hotspan.active_resources", {
      unit: "{resource}",
      description: "What keeps the event loop of this thread alive, by kind.",
    }),
    (result) => {
      for (const [kind, count] of resources.read())
        result.observe(count, { ...thread, "hotspan.resource.type": kind });
    },
  );
  if (runtimeInstrumented()) return;
  const space = (name: string, description: string, value: (info: HeapSpaceInfo) => number): void =>
    observe(meter.createObservableUpDownCounter(name, { unit: "By", description }), (result) => {
      for (const info of getHeapSpaceStatistics())
        result.observe(value(info), { ...thread, "v8js.heap.space.name": info.space_name });
    });
  space("v8js.memory.heap.used", "Heap memory in use.", (info) => info.space_used_size);
  space("v8js.memory.heap.space.size", "Heap memory set aside.", (info) => info.space_size);
}

function runtimeInstrumented(): boolean {
  return Object.keys(requireHere.cache).some((path) => /[\\/]instrumentation-runtime-node[\\/]/.test(path));
}

/** `process.getActiveResourcesInfo()`, counted. */
export class ActiveResources {
  readonly #now: () => number;
  readonly #list: () => readonly string[];
  #counts: ReadonlyMap<string, number> = new Map();
  #kinds = new Set<string>();
  #nextMillis = Number.NEGATIVE_INFINITY;

  constructor(
    now = (): number => performance.now(),
    list = (): readonly string[] => process.getActiveResourcesInfo(),
  ) {
    this.#now = now;
    this.#list = list;
  }

  /** Kinds that were there before and are not any more are 0; beyond 30 kinds they are `other`. */
  read(): ReadonlyMap<string, number> {
    const now = this.#now();
    if (now < this.#nextMillis) return this.#counts;
    const counts = new Map<string, number>([...this.#kinds].map((kind) => [kind, 0]));
    for (const name of this.#list()) {
      if (!this.#kinds.has(name) && this.#kinds.size < MOST_KINDS) this.#kinds.add(name);
      const kind = this.#kinds.has(name) ? name : "other";
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    this.#counts = counts;
    // A thousandth of the time at most.
    this.#nextMillis = now + Math.max(RESOURCES_EVERY_MILLIS, 1000 * (this.#now() - now));
    return counts;
  }
}
