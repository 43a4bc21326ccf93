import { threadName } from "./thread.ts";
import { isMainThread, threadId } from "node:worker_threads";
import type { Mode } from "@hotspan/wire";
import type { AgentConfig } from "./config.ts";
import { inCleanContext } from "./clean.ts";
import { resourceText } from "./facts/resource.ts";
import { HeapProfiles } from "./heap/profiles.ts";
import { OtherProfilers } from "./host.ts";
import type { Labeller } from "./labelling/labeller.ts";
import { debug, describe, warnOnce } from "./log.ts";
import type { SpanBook, SpanRecord } from "./otel/span-book.ts";
import type { OtelResource } from "./otel/types.ts";
import type { NativeSampler } from "./sampler/native.ts";
import { createSampler, release, samplerFolder } from "./sampler/native.ts";
import { disposeOfResting } from "./sampler/resting.ts";
import { quietLoop } from "./sampler/quiet-loop.ts";
import { SourceMaps } from "./source-maps/source-maps.ts";
import { shownConfig } from "./telemetry/shown-config.ts";
import { Telemetry } from "./telemetry/telemetry.ts";
import { Sender } from "./transport/sender.ts";
import type { Transport } from "./transport/transport.ts";
import { type LabelPrices, labelPrices, totalOf } from "./watchdog/cost.ts";
import { CostMeter } from "./watchdog/meter.ts";
import { announce, stateOf } from "./watchdog/announce.ts";
import { type Change, Watchdog } from "./watchdog/watchdog.ts";
import type { Encoded, Message } from "./window/encoder.ts";
import { Encoding } from "./window/encoding.ts";
import { Detail } from "./window/detail.ts";
import type { TakenWindow } from "./window/assemble.ts";
import { Recorder, type RecorderOptions } from "./window/recorder.ts";

export interface SessionOptions {
  readonly config: AgentConfig;
  readonly instance: string;
  readonly book: SpanBook;
  readonly labeller: Labeller;
  readonly resource: () => OtelResource | undefined;
  readonly transport: Transport;
  /** Why this thread is sampled, for the windows' headers. */
  readonly mode: Mode;
  /** The thread's windows are counted on from one session to the next. */
  readonly seq: { next: number };
  /** Of the session before, in order. */
  readonly unsent: readonly Message[];
}

/** What is made, or fails to be, before there is a session. */
interface SessionParts {
  readonly sampler: NativeSampler;
  readonly others: OtherProfilers;
  readonly telemetry: Telemetry;
  readonly prices: LabelPrices;
}

/** Windows after whose end another profiler is looked for: they are loaded when a program starts. */
const WATCHED_WINDOWS = 5;
/** A window gets at most so many times longer while earlier ones are being encoded. */
const MOST_POSTPONED = 3;

/** Of an agent that could not begin, so that its reason can be seen. */
let unopened: Telemetry | undefined;

/** Sampling in one thread: made and started when a provider is there. Loaded lazily: it brings the addon. */
export class Session {
  readonly #options: SessionOptions;
  #sampler: NativeSampler;
  readonly #others: OtherProfilers;
  readonly #telemetry: Telemetry;
  readonly #meter: CostMeter;
  readonly #watchdog: Watchdog | undefined;
  readonly #encoding = new Encoding((taken, encoded) => this.#encoded(taken, encoded));
  readonly #sender: Sender;
  #recorder: Recorder | undefined;
  #timer: NodeJS.Timeout | undefined;
  #windows = 0;
  /** How often in a row the end of the current window was. */
  #postponed = 0;
  /** Nothing is sampled any more, and never again by this session. */
  #over = false;
  readonly #detail: Detail | undefined;
  readonly #maps: SourceMaps | undefined;
  readonly #heap: HeapProfiles | undefined;

  private constructor(options: SessionOptions, { sampler, others, telemetry, prices }: SessionParts) {
    const { config, labeller } = options;
    const { hz, windowMillis, journal, budget } = config;
    this.#telemetry = telemetry;
    this.#others = others;
    this.#meter = new CostMeter(labeller, prices);
    // Whoever asks for a profile has decided what it may cost.
    if (budget !== undefined && options.mode !== "on_demand")
      this.#watchdog = new Watchdog(budget, { on: true, hz, windowMillis, journal });
    this.#options = options;
    if (config.sourceMaps) this.#maps = new SourceMaps();
    this.#sampler = sampler;
    // Whoever asks for a profile wants all of it.
    if (config.detail === "slow" && options.mode !== "on_demand")
      this.#detail = new Detail(config.slowMillis);
    this.#sender = new Sender(options.transport, config.queueBytes, (reason, bytes) =>
      telemetry.dropped(reason, bytes),
    );
    for (const message of options.unsent) this.#sender.offer(message);
    if (HeapProfiles.wanted(config))
      this.#heap = new HeapProfiles({
        config,
        maps: this.#maps,
        destination: options.transport.destination,
        offer: (message) => this.#sender.offer(message),
      });
  }

  /** Loads the sampler, begins to label; undefined if that is impossible here, which is said once. */
  static open(options: SessionOptions): Session | undefined {
    const { config, labeller } = options;
    unopened?.close();
    const telemetry = (unopened = new Telemetry({
      config,
      instance: options.instance,
      labels: labeller.path,
      service: () => resourceText(options.resource(), config.resource, config.serviceName)["service.name"],
    }));
    debug(`settings ${JSON.stringify(shownConfig(config))}`);
    try {
      const others = new OtherProfilers(samplerFolder());
      const other = others.find();
      if (other !== undefined) {
        warnOnce(
          "HOTSPAN_AGENT_OTHER_PROFILER",
          `${other} is at work in this process, and two samplers starve each other; the agent is off`,
        );
        telemetry.off("another profiler", other);
        return undefined;
      }
      const sampler = createSampler({
        hz: config.hz,
        windowMillis: config.windowMillis,
        frameKey: labeller.frameKey,
      });
      const prices = labelPrices(sampler, labeller.frameKey !== undefined);
      labeller.connect(sampler);
      unopened = undefined;
      return new Session(options, { sampler, others, telemetry, prices });
    } catch (error) {
      warnOnce(
        "HOTSPAN_AGENT_SAMPLER_UNAVAILABLE",
        `cannot load the sampler, the agent is off: ${describe(error)}`,
      );
      telemetry.off("the sampler cannot be loaded");
      return undefined;
    }
  }

  rootEnded(root: SpanRecord): void {
    if (this.#detail === undefined) return;
    try {
      this.#detail.rootEnded(root);
    } catch (error) {
      debug("span", error);
    }
  }

  start(): void {
    if (this.#recorder !== undefined || this.#over) return;
    const { config, instance, book, labeller, resource, mode, seq } = this.#options;
    inCleanContext(() => {
      const quiet = config.quietLoop ? quietLoop() : undefined;
      const recording: RecorderOptions = {
        instance,
        threadId,
        threadName: threadName(),
        hz: config.hz,
        quietLoop: quiet !== undefined,
        loop: quiet,
        journal: config.journal,
        mode: this.#detail === undefined ? mode : "slow_only",
        schedule: this.#detail === undefined ? undefined : mode,
        detail: this.#detail,
        seq,
        sampler: this.#sampler,
        labeller,
        book,
        resource: () => resourceText(resource(), config.resource, config.serviceName),
        maps: this.#maps,
      };
      const recorder = new Recorder(recording);
      recorder.start();
      this.#recorder = recorder;
      this.#meter.begin();
      this.#heap?.start(recording);
      this.#telemetry.started(this.#sender, quiet !== undefined);
      this.#timer = setInterval(() => this.#cut(), config.windowMillis).unref();
    });
    debug(`sampling at ${config.hz} Hz, labels by ${labeller.path}`);
  }

  /** Ends the current window early and sends all there is; gives up at the deadline. */
  async flush(deadlineMillis: number): Promise<void> {
    const end = performance.now() + deadlineMillis;
    this.#cut(true);
    await this.#drain(end);
  }

  /** What another session could not send. */
  offer(message: Message): void {
    this.#sender.offer(message);
  }

  /**
   * The last window. The labels' patches are taken back, the quiet loop stays: libuv has no way back.
   * @param heir takes what could not be sent by the deadline
   */
  async stop(deadlineMillis: number, heir?: (message: Message) => void): Promise<void> {
    const end = performance.now() + deadlineMillis;
    const last = this.#takeLast();
    if (last !== undefined) this.#encoding.begin(last, true);
    await this.#drain(end);
    this.#maps?.close();
    const closed = this.#sender.close(heir);
    this.#telemetry.close();
    await closed;
  }

  /** In the `exit` event: before the thread ends no signal may be under way. */
  exit(): void {
    try {
      const last = this.#takeLast();
      const { exitMillis } = this.#options.config;
      if (!isMainThread || exitMillis === 0) return;
      this.#sender.sendAtExit(() => {
        const windows = this.#encoding.now(last);
        return [...windows, ...(this.#heap?.messagesNow() ?? [])];
      }, exitMillis);
    } catch (error) {
      debug("exit", error);
    } finally {
      disposeOfResting();
      this.#telemetry.close();
    }
  }

  killed(): void {
    this.#telemetry.close();
  }

  #takeLast(): TakenWindow | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    clearInterval(this.#timer);
    this.#options.labeller.disconnect();
    const recorder = this.#recorder;
    this.#recorder = undefined;
    const last = recorder?.take(true);
    if (recorder === undefined) release(this.#sampler);
    if (last !== undefined) this.#heap?.cut(last);
    this.#heap?.stop();
    return last;
  }

  /** @param awaited whether somebody waits for what was sampled so far: it may be the last. */
  #cut(awaited = false): void {
    try {
      // The loop is busy: a longer window loses nothing. Not for ever, for it is kept in memory.
      if (!awaited && this.#encoding.full && this.#postponed < MOST_POSTPONED) {
        this.#postponed++;
        return;
      }
      this.#postponed = 0;
      const taken = this.#recorder?.take();
      if (taken === undefined) return;
      this.#heap?.cut(taken);
      // In a turn of its own: it takes some milliseconds the first times, and so does taking a window.
      if (++this.#windows <= WATCHED_WINDOWS) setImmediate(() => this.#watchOthers()).unref();
      if (this.#encoding.full) {
        debug("a window was dropped: the loop is too busy to encode");
        this.#telemetry.dropped("loop too busy", 0);
      } else this.#encoding.begin(taken, awaited);
    } catch (error) {
      this.#abandon(error);
    }
  }

  /** Better no profile than a second attempt at whatever went wrong; and what nobody takes any more must not grow. */
  #abandon(error: unknown): void {
    warnOnce("HOTSPAN_AGENT_INTERNAL", `sampling stopped: ${describe(error)}`);
    debug("while taking a window", error instanceof Error ? (error.stack ?? error) : error);
    this.#over = true;
    clearInterval(this.#timer);
    const recorder = this.#recorder;
    this.#recorder = undefined;
    for (const end of [
      () => this.#options.labeller.disconnect(),
      () => recorder?.abandon(),
      () => this.#heap?.stop(),
    ])
      try {
        end();
      } catch (again) {
        debug("while giving up", again);
      }
    this.#telemetry.off("an internal error");
  }

  #encoded(taken: TakenWindow, encoded: Encoded): void {
    for (const message of encoded.messages) this.#sender.offer(message);
    if (encoded.messages.length === 0) {
      warnOnce(
        "HOTSPAN_AGENT_WINDOW_TOO_LARGE",
        "a window does not fit into a message whatever is left out: its resource attributes are too large",
      );
      this.#telemetry.dropped("too large", 0);
    }
    this.#account(taken, encoded);
  }

  /** What a window cost, and whether to go on like this. */
  #account(taken: TakenWindow, encoded: Encoded): void {
    const { facts, messages } = encoded;
    const cpuNanosOfWindows = encoded.cpuNanos + (this.#heap?.spentNanos() ?? 0);
    const ofMaps = this.#maps?.spentNanos() ?? 0;
    const cost = this.#meter.window(taken, { ...encoded, cpuNanos: cpuNanosOfWindows }, ofMaps);
    const cpuNanos = totalOf(cost);
    let bytes = 0;
    for (const { body } of messages) bytes += body.length;
    const cpuShare = facts.durationMillis === 0 ? 0 : cpuNanos / 1e6 / facts.durationMillis;
    this.#telemetry.pool(taken.pool);
    this.#telemetry.window(facts, cost, cpuShare, messages.length, bytes);
    if (this.#recorder === undefined) return;
    const change = this.#watchdog?.window({
      durationMillis: facts.durationMillis,
      cpuNanos,
      stallMillis: encoded.ownStallNanos / 1e6,
    });
    if (change !== undefined) this.#change(change);
  }

  #change(change: Change): void {
    const { from, to } = change;
    const recorder = this.#recorder;
    const { config, labeller } = this.#options;
    if (recorder === undefined || config.budget === undefined) return;
    try {
      const because = announce(change, config.budget);
      const state = stateOf(to, config);
      if (!to.on) {
        const last = this.#takeLast();
        if (last !== undefined) this.#encoding.begin(last);
      } else if (to.hz === from.hz) {
        this.#cut();
        if (this.#over) return;
        recorder.keepJournal(to.journal);
      } else {
        const sampler = createSampler({ ...to, frameKey: labeller.frameKey });
        const last = recorder.take(true);
        if (last !== undefined) this.#encoding.begin(last);
        this.#sampler = sampler;
        recorder.resume(sampler, to.hz);
        this.#meter.restarted();
      }
      clearInterval(this.#timer);
      if (to.on) this.#timer = setInterval(() => this.#cut(), to.windowMillis).unref();
      this.#telemetry.changed(change, state, because);
    } catch (error) {
      this.#abandon(error);
    }
  }

  async #drain(end: number): Promise<void> {
    const left = (): number => Math.max(1, end - performance.now());
    const alive = setTimeout(() => {}, left());
    try {
      // zlib's jobs do hold the process, setImmediate does not.
      const encoded = Promise.all([this.#encoding.settled(), this.#heap?.encoded]);
      await Promise.race([encoded, new Promise((resolve) => setTimeout(resolve, left()).unref())]);
      await this.#sender.drain(left());
    } finally {
      clearTimeout(alive);
    }
  }

  #watchOthers(): void {
    try {
      const other = this.#over ? undefined : this.#others.find();
      if (other === undefined) return;
      warnOnce(
        "HOTSPAN_AGENT_OTHER_PROFILER",
        `${other} was loaded later, and two samplers starve each other; the agent stops`,
      );
      const last = this.#takeLast();
      if (last !== undefined) this.#encoding.begin(last);
      this.#telemetry.off("another profiler", other);
    } catch (error) {
      this.#abandon(error);
    }
  }
}
