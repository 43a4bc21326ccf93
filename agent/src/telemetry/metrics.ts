import { AGENT_VERSION } from "../package-root.ts";
import { debug } from "../log.ts";
import { otelGlobal } from "../otel/types.ts";
import { COST_PARTS } from "../watchdog/cost.ts";
import type { SenderCounts } from "../transport/sender.ts";
import { registerRuntime } from "./runtime-metrics.ts";
import type { Tally } from "./tally.ts";

/** The little that is used of OpenTelemetry's metrics API, by shape. */
interface Result {
  observe(value: number, attributes: Attributes): void;
}
export type Attributes = Readonly<Record<string, string | number>>;
export type Callback = (result: Result) => void;
export interface Observable {
  addCallback(callback: Callback): void;
  removeCallback(callback: Callback): void;
}
interface Histogram {
  record(value: number, attributes: Attributes): void;
}
export interface Meter {
  createObservableCounter(name: string, options: object): Observable;
  createObservableGauge(name: string, options: object): Observable;
  createObservableUpDownCounter(name: string, options: object): Observable;
  createHistogram(name: string, options: object): Histogram;
}

export interface MetricsSource {
  readonly threadId: number;
  readonly tally: Tally;
  readonly sender: { readonly counts: SenderCounts; readonly queuedBytes: number } | undefined;
}

/** Seconds. */
const STALL_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const QUEUE_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/**
 * The agent's own metrics through the application's MeterProvider, if it registers one: it is looked for with each window,
 * which needs no accessor in the API's global. Values are read from counters when the application's reader collects.
 */
export class AgentMetrics {
  readonly #source: MetricsSource;
  #provider: unknown;
  #stalls: Histogram | undefined;
  #queueDelays: Histogram | undefined;
  #remove: (() => void)[] = [];

  constructor(source: MetricsSource) {
    this.#source = source;
  }

  /** Registers with the provider that is there now; nothing if it is the same as before. */
  look(): void {
    try {
      const provider = (otelGlobal() as { readonly metrics?: unknown } | undefined)?.metrics;
      if (provider === this.#provider) return;
      this.close();
      this.#provider = provider;
      const { getMeter } = (provider ?? {}) as { getMeter?: (name: string, version: string) => Meter };
      if (typeof getMeter === "function")
        this.#register(getMeter.call(provider, "@hotspan/agent", AGENT_VERSION));
    } catch (error) {
      debug("metrics", error);
    }
  }

  stall(millis: number): void {
    try {
      this.#stalls?.record(millis / 1000, this.#thread);
    } catch (error) {
      debug("metrics", error);
    }
  }

  /** How long jobs of libuv's thread pool waited for a thread. */
  queueDelays(millis: readonly number[]): void {
    try {
      for (const one of millis) this.#queueDelays?.record(one / 1000, this.#thread);
    } catch (error) {
      debug("metrics", error);
    }
  }

  close(): void {
    for (const remove of this.#remove.splice(0)) {
      try {
        remove();
      } catch (error) {
        debug("metrics", error);
      }
    }
    this.#stalls = undefined;
    this.#queueDelays = undefined;
    this.#provider = undefined;
  }

  get #thread(): Attributes {
    return { "thread.id": this.#source.threadId };
  }

  #register(meter: Meter): void {
    const { tally } = this.#source;
    const thread = this.#thread;
    const sender = (): MetricsSource["sender"] => this.#source.sender;
    const observe = (instrument: Observable, callback: Callback): void => {
      instrument.addCallback(callback);
      this.#remove.push(() => instrument.removeCallback(callback));
    };
    const counter = (name: string, unit: string, description: string, callback: Callback): void =>
      observe(meter.createObservableCounter(`hotspan.agent.${name}`, { unit, description }), callback);
    const gauge = (name: string, unit: string, description: string, callback: Callback): void =>
      observe(meter.createObservableGauge(`hotspan.agent.${name}`, { unit, description }), callback);

    counter("samples", "{sample}", "Samples taken, by whether they carry a span.", (result) => {
      for (const kind of ["labelled", "unlabelled", "idle"] as const)
        result.observe(tally[kind], { ...thread, "hotspan.sample": kind });
    });
    counter("lost_ticks", "{sample}", "Samples that were due and are missing.", (result) =>
      result.observe(tally.lostTicks, thread),
    );
    counter("windows", "{window}", "Windows (parts, where one is large) by what came of them.", (result) => {
      const counts = sender()?.counts;
      const outcome = (value: number, name: string): void =>
        result.observe(value, { ...thread, "hotspan.outcome": name });
      outcome(counts?.sent ?? 0, "sent");
      outcome(counts?.refused ?? 0, "refused");
      outcome((counts?.dropped ?? 0) + tally.unsent, "dropped");
    });
    counter("dropped_bytes", "By", "Compressed bytes that were dropped or refused.", (result) =>
      result.observe(tally.droppedBytes, thread),
    );
    counter("cpu_time", "s", "CPU the agent used, measured and estimated, by what used it.", (result) => {
      for (const part of COST_PARTS)
        result.observe(tally.cpuNanos[part] / 1e9, { ...thread, "hotspan.part": part });
    });
    gauge("queue_bytes", "By", "Compressed windows that wait for the receiver.", (result) =>
      result.observe(sender()?.queuedBytes ?? 0, thread),
    );
    gauge("state", "1", "1 for the state the agent is in, 0 for the others.", (result) => {
      for (const state of ["collecting", "backed off", "off"] as const)
        result.observe(tally.state === state ? 1 : 0, { ...thread, "hotspan.state": state });
    });
    this.#stalls = meter.createHistogram("hotspan.agent.flush_stall", {
      unit: "s",
      description: "The longest that taking and encoding a window held the event loop at a stretch.",
      advice: { explicitBucketBoundaries: STALL_BUCKETS },
    });
    this.#queueDelays = meter.createHistogram("hotspan.thread_pool.queue_delay", {
      unit: "s",
      description:
        "How long a job of libuv's thread pool waited for a thread; one a second while the thread is active.",
      advice: { explicitBucketBoundaries: QUEUE_BUCKETS },
    });
    registerRuntime(meter, thread, observe);
  }
}
