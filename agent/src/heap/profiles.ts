import { inCleanContext } from "../clean.ts";
import type { AgentConfig } from "../config.ts";
import { threadNanos } from "../facts/cpu.ts";
import { debug, describe, warnOnce } from "../log.ts";
import type { SourceMaps } from "../source-maps/source-maps.ts";
import type { TakenWindow } from "../window/assemble.ts";
import type { Message } from "../window/encoder.ts";
import { FileNames } from "../window/file-names.ts";
import type { RecorderOptions } from "../window/recorder.ts";
import { LimitWatch } from "./limit-watch.ts";
import { type HeapFacts, heapMessage, heapMessageNow, type TakenHeap } from "./message.ts";
import { HeapSampler } from "./native.ts";

export interface HeapProfilesOptions {
  readonly config: AgentConfig;
  readonly maps: SourceMaps | undefined;
  /** Where messages go: profiles that a dead process left behind are sent to nowhere else. */
  readonly destination: string;
  readonly offer: (message: Message) => void;
}

/** A profile comes with the first window, and with the first one that ends this long after the one before. */
const EVERY_NANOS = 60_000_000_000n;
/** A window is known by its start: the profile's lies before that of the window which follows. */
const BEFORE_NEXT_NANOS = 1000n;
const MOST_MAP_WAIT_MILLIS = 1000;
/** Profiles that may hold the thread for longer than the budget says before they are given up. */
const MOST_STALLS = 2;

/** Heap profiles of one thread beside its windows. Nothing in here throws. */
export class HeapProfiles {
  readonly #options: HeapProfilesOptions;
  readonly #files = new FileNames(process.cwd());
  readonly #kind: TakenHeap["kind"];
  /** Or only what is needed near the limit. */
  readonly #regular: boolean;
  #sampler: HeapSampler | undefined;
  #limit: LimitWatch | undefined;
  #takenNanos: bigint | undefined;
  #sinceNanos = 0n;
  readonly #encoding = new Set<TakenHeap>();
  #encoded: Promise<void> = Promise.resolve();
  #cpuNanos = 0;
  #stalls = 0;

  constructor(options: HeapProfilesOptions) {
    this.#options = options;
    this.#kind = allocationsOf(options.config) ? "alloc" : "inuse";
    this.#regular = this.#kind === "alloc" || options.config.heap;
  }

  static wanted({ heap, allocations, oom }: AgentConfig): boolean {
    return heap || allocations || oom;
  }

  /** Settles with the profile that is being encoded. */
  get encoded(): Promise<void> {
    return this.#encoded;
  }

  /** With what is recorded in this thread. */
  start(recording: RecorderOptions): void {
    const { config, maps, destination, offer } = this.#options;
    if (!this.#regular && !config.oom) return;
    try {
      const sampler = new HeapSampler(config.heapIntervalBytes, this.#kind === "alloc");
      sampler.start();
      this.#sampler = sampler;
      this.#sinceNanos = process.hrtime.bigint();
      if (!config.oom) return;
      this.#limit = new LimitWatch({
        config,
        sampler,
        facts: () => factsOf(recording),
        sourceMaps: maps !== undefined,
        destination,
        offer,
      });
      this.#limit.start();
    } catch (error) {
      this.stop();
      warnOnce("HOTSPAN_AGENT_HEAP_UNAVAILABLE", `no heap profiles: ${describe(error)}`);
    }
  }

  /** Right after a window was taken. */
  cut(window: TakenWindow): void {
    const taken = this.#take(window);
    if (taken === undefined) return;
    this.#encoding.add(taken);
    this.#encoded = inCleanContext(() => this.#encode(taken));
  }

  /** In the `exit` event: what is not encoded yet. */
  messagesNow(): Message[] {
    return [...this.#encoding].flatMap((taken) => heapMessageNow(taken, this.#names) ?? []);
  }

  stop(): void {
    for (const end of [() => this.#limit?.stop(), () => this.#sampler?.stop()])
      try {
        end();
      } catch (error) {
        debug("heap", error);
      }
    this.#limit = undefined;
    this.#sampler = undefined;
  }

  /** CPU of the thread for profiles since the last call. */
  spentNanos(): number {
    const spent = this.#cpuNanos;
    this.#cpuNanos = 0;
    return spent;
  }

  get #names(): { files: FileNames; maps: SourceMaps | undefined } {
    return { files: this.#files, maps: this.#options.maps };
  }

  #take({ to, seq, options }: TakenWindow): TakenHeap | undefined {
    const { config } = this.#options;
    const sampler = this.#sampler;
    if (sampler === undefined || !this.#regular) return undefined;
    const monotonicNanos = to.clock.monotonicNanos - BEFORE_NEXT_NANOS;
    const epochNanos = to.clock.epochNanos - BEFORE_NEXT_NANOS;
    if (this.#takenNanos !== undefined && monotonicNanos - this.#takenNanos < EVERY_NANOS) return undefined;
    try {
      const cpu = threadNanos();
      const began = process.hrtime.bigint();
      const root = sampler.take();
      const stallNanos = Number(process.hrtime.bigint() - began);
      const cpuNanos = threadNanos() - cpu;
      this.#cpuNanos += cpuNanos;
      const durationNanos = monotonicNanos - (this.#takenNanos ?? this.#sinceNanos);
      this.#takenNanos = monotonicNanos;
      this.#limit?.refresh();
      this.#judge(Math.min(stallNanos, 4 * cpuNanos));
      return {
        root,
        reason: "interval",
        kind: this.#kind,
        clock: { monotonicNanos, epochNanos },
        durationNanos: durationNanos > 0n ? durationNanos : 0n,
        intervalBytes: config.heapIntervalBytes,
        facts: { ...factsOf(options), seq },
        stallNanos,
      };
    } catch (error) {
      this.stop();
      warnOnce("HOTSPAN_AGENT_HEAP_UNAVAILABLE", `no more heap profiles: ${describe(error)}`);
      return undefined;
    }
  }

  /** Time on the thread that was the profile's doing. Whoever wants allocations wants the collection that V8 forces for them. */
  #judge(ownStallNanos: number): void {
    const { budget } = this.#options.config;
    if (
      this.#kind === "alloc" ||
      budget === undefined ||
      ownStallNanos / 1e6 <= budget.stallMillis ||
      ++this.#stalls < MOST_STALLS
    )
      return;
    this.stop();
    warnOnce(
      "HOTSPAN_AGENT_HEAP_COSTLY",
      `no more heap profiles: taking one holds the thread for ${Math.round(ownStallNanos / 1e6)} ms, above HOTSPAN_BUDGET`,
    );
  }

  async #encode(taken: TakenHeap): Promise<void> {
    try {
      const told = (nanos: number): void => {
        this.#cpuNanos += nanos;
      };
      await this.#options.maps?.prepare([taken.root], MOST_MAP_WAIT_MILLIS, (spent) => told(spent.cpuNanos));
      const message = await heapMessage(taken, this.#names, told);
      if (message !== undefined) this.#options.offer(message);
    } catch (error) {
      warnOnce("HOTSPAN_AGENT_INTERNAL", `a heap profile could not be encoded: ${describe(error)}`, "heap");
    } finally {
      this.#encoding.delete(taken);
    }
  }
}

function factsOf(recording: RecorderOptions): Omit<HeapFacts, "seq"> {
  const { instance, threadId, threadName, hz, quietLoop, mode, schedule, labeller, resource } = recording;
  return {
    instance,
    threadId,
    threadName,
    periodNanos: Math.round(1e6 / hz) * 1000,
    quietLoop,
    mode,
    schedule,
    contextPath: labeller.path,
    resource: resource(),
  };
}

function allocationsOf({ allocations, oom }: AgentConfig): boolean {
  if (!allocations) return false;
  if (Number(process.versions.node.split(".")[0]) < 26) {
    warnOnce(
      "HOTSPAN_AGENT_ALLOCATIONS_UNSUPPORTED",
      `HOTSPAN_ALLOCATIONS needs Node.js 26 or newer, this is ${process.versions.node}: allocations are not sampled`,
    );
    return false;
  }
  if (oom) {
    warnOnce(
      "HOTSPAN_AGENT_ALLOCATIONS_UNSUPPORTED",
      "HOTSPAN_ALLOCATIONS is ignored: with it V8 forgets what is alive after each profile, which HOTSPAN_OOM needs",
    );
    return false;
  }
  return true;
}
