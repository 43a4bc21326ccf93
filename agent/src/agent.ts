import { threadId } from "node:worker_threads";
import { inCleanContext } from "./clean.ts";
import type { AgentConfig, AgentOptions } from "./config.ts";
import { readConfig } from "./config.ts";
import { unwatchWorkers, watchWorkers } from "./facts/workers.ts";
import { unsupportedHost } from "./host.ts";
import { chooseLabeller } from "./labelling/choose.ts";
import type { Labeller } from "./labelling/labeller.ts";
import type { UserLabels } from "./labelling/user-labels.ts";
import { runWithUserLabels } from "./labelling/user-labels.ts";
import { EndWatch, type Ending } from "./lifecycle.ts";
import { debug, describe, setVerbose, warnOnce } from "./log.ts";
import type { HotspanSpanProcessor } from "./otel/processor.ts";
import { createProcessor } from "./otel/processor.ts";
import { addProcessor, providerResource, realProvider, removeProcessor } from "./otel/provider.ts";
import { watchSampler } from "./otel/sampler.ts";
import { SpanBook } from "./otel/span-book.ts";
import type { ContextManager, OtelContext, OtelResource, OtelSpan } from "./otel/types.ts";
import { otelGlobal, SERVER } from "./otel/types.ts";
import { watchOtel } from "./otel/watch.ts";
import { isBundled } from "./package-root.ts";
import { firstPlan, type Plan } from "./schedule/plan.ts";
import type { Schedule } from "./schedule/schedule.ts";
import { SIGNAL_MILLIS, watchSignal } from "./schedule/signal.ts";
import type { Session } from "./session.ts";
import { processInstance } from "./thread.ts";
import { openTransport } from "./transport/open.ts";
import type { Message } from "./window/encoder.ts";

/** Also at the end, unless `exitMillis` is longer. */
const FLUSH_MILLIS = 2000;

/**
 * The agent of one thread. Light until a tracer provider is registered: `NODE_OPTIONS` reaches package managers and build
 * tools as well. Nothing in here throws into the application.
 */
export class Agent {
  readonly instance: string = processInstance();
  readonly processor: HotspanSpanProcessor;
  /** Whether `@hotspan/agent/auto` has done its work in this thread. */
  sdkBrought = false;
  readonly #book = new SpanBook();
  readonly #ends = new EndWatch();
  #config: AgentConfig | undefined;
  #on = false;
  #wanted = false;
  #provider: unknown;
  #resource: OtelResource | undefined;
  #manager: ContextManager | undefined;
  #labeller: Labeller | undefined;
  #session: Session | undefined;
  #opening: Promise<void> | undefined;
  #unwatchEnd: (() => void) | undefined;
  readonly #seq = { next: 0 };
  /** What the last session could not send before its lease was over, for the next one: as many bytes as its queue held. */
  #unsent: Message[] = [];
  /** Whether to sample, and how: the mode's own until the schedule says otherwise. */
  #plan: Plan | undefined;
  #schedule: Promise<Schedule | undefined> | undefined;
  #changing: Promise<void> = Promise.resolve();
  #unwatchSignal: (() => void) | undefined;

  constructor() {
    this.processor = createProcessor({
      spanStarted: (span, parent) => this.#spanStarted(span, parent),
      spanEnded: (span) => {
        const root = this.#book.ended(span);
        if (root !== undefined) this.#session?.rootEnded(root);
      },
      flush: () => this.flush(),
      stop: () => this.stop(),
    });
  }

  /** The settings in force, once it is installed. */
  get config(): AgentConfig | undefined {
    return this.#config;
  }

  /** Has something else done when the thread ends. */
  atEnd(ending: Ending): void {
    this.#ends.add(ending);
  }

  /** Another tracer provider has taken the place of the one that was registered first; the context manager has stayed. */
  providerReplaced(before: unknown, provider: unknown): void {
    removeProcessor(before);
    this.#resource = undefined;
    this.#providerRegistered(provider);
  }

  /** Idempotent. Options that come after sampling has begun are too late, which is said. */
  install(options: AgentOptions = {}): void {
    if (this.#config !== undefined) {
      if (Object.keys(options).length === 0) return;
      if (this.#session !== undefined || this.#opening !== undefined || this.#schedule !== undefined) {
        warnOnce("HOTSPAN_AGENT_CONFIGURED_LATE", "options ignored: sampling has begun already");
        return;
      }
      this.#config = readConfig(options);
      this.#plan = firstPlan(this.#config);
      if (!this.#config.enabled) this.#on = false;
      else if (this.#on) this.#watchSignal();
      return;
    }
    const config = readConfig(options);
    this.#config = config;
    this.#plan = firstPlan(config);
    setVerbose(config.verbose);
    if (!config.enabled) return;
    const reason = unsupportedHost();
    if (reason !== undefined) {
      warnOnce("HOTSPAN_AGENT_HOST_UNSUPPORTED", reason);
      return;
    }
    if (isBundled) {
      warnOnce(
        "HOTSPAN_AGENT_BUNDLED",
        "the agent is part of a bundle and has lost its native parts; it is off: keep @hotspan/agent external to the bundle",
      );
      return;
    }
    this.#on = true;
    watchWorkers();
    this.#watchSignal();
    if (realProvider(otelGlobal()?.trace) !== undefined) this.#book.missed();
    else debug("waits for an OpenTelemetry tracer provider; nothing is sampled before");
    watchOtel({
      contextManager: (manager) => this.#attach(manager),
      provider: (provider) => this.#providerRegistered(provider),
    });
  }

  /** Samples from now on, even before the first span. */
  start(options?: AgentOptions): void {
    this.install(options);
    if (this.#config?.enabled === true && unsupportedHost() === undefined && !isBundled && !this.#on) {
      this.#on = true;
      watchWorkers();
      this.#book.missed();
      this.#watchSignal();
    }
    this.#wanted = true;
    this.#open();
  }

  /** Sends the last window and gives back what was patched; `start` begins anew. */
  async stop(): Promise<void> {
    this.#on = false;
    this.#wanted = false;
    unwatchWorkers();
    // The signal's listener stays: without one the next signal would end the process.
    const schedule = this.#schedule;
    this.#schedule = undefined;
    (await schedule)?.stop();
    await this.#opening;
    await this.#close();
    if (this.#unsent.length > 0)
      debug(`stopped: ${this.#unsent.length} messages of an earlier lease are lost`);
    this.#unsent = [];
    if (this.#config !== undefined) this.#plan = firstPlan(this.#config);
  }

  /** Nothing of the sampling is left in the thread: the sampler is disposed of, the patches and hooks are gone. */
  async #close(heir?: (message: Message) => void): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#labeller = undefined;
    this.#manager = undefined;
    this.#unwatchEnd?.();
    this.#unwatchEnd = undefined;
    const millis = heir === undefined ? this.#endMillis() : FLUSH_MILLIS;
    await session?.stop(millis, heir).catch((error: unknown) => debug("stop", error));
  }

  #endMillis(): number {
    return Math.max(FLUSH_MILLIS, this.#config?.exitMillis ?? 0);
  }

  async flush(): Promise<void> {
    await this.#opening;
    await this.#session?.flush(FLUSH_MILLIS).catch((error: unknown) => debug("flush", error));
  }

  withLabels<R>(labels: UserLabels, fn: () => R): R {
    const session = this.#session;
    const allowed = session === undefined ? undefined : this.#allowed(labels);
    if (allowed === undefined) return fn();
    const labeller = this.#labeller;
    try {
      return runWithUserLabels(allowed, () => {
        labeller?.refresh();
        return fn();
      });
    } finally {
      labeller?.refresh();
    }
  }

  #allowed(labels: UserLabels): UserLabels | undefined {
    const allowed: Record<string, string> = {};
    let any = false;
    for (const [key, value] of Object.entries(labels)) {
      if (this.#config?.labels.has(key) !== true) {
        warnOnce(
          "HOTSPAN_AGENT_LABEL_NOT_ALLOWED",
          `label ${key} is not in HOTSPAN_LABELS and is left out`,
          key,
        );
        continue;
      }
      allowed[key] = String(value).slice(0, 200);
      any = true;
    }
    return any ? allowed : undefined;
  }

  #spanStarted(span: OtelSpan, parent: OtelContext): void {
    if (!this.#on) return;
    try {
      span.setAttribute?.("hotspan.instance", this.instance);
      span.setAttribute?.("thread.id", threadId);
      this.#book.started(span, parent);
      this.#resource ??= span.resource;
      if (this.#wanted) return;
      this.#wanted = true;
      this.#open();
    } catch (error) {
      debug("span", error);
    }
  }

  #notSampled(traceId: string, kind: number, attributes: Readonly<Record<string, unknown>>): void {
    if (!this.#on) return;
    const method = attributes["http.request.method"] ?? attributes["http.method"];
    if (kind === SERVER && typeof method === "string") this.#book.notSampled(traceId, method);
    if (this.#wanted) return;
    this.#wanted = true;
    this.#open();
  }

  #providerRegistered(provider: unknown): void {
    if (!this.#on) return;
    this.#provider = provider;
    if (!addProcessor(provider, this.processor) && realProvider(provider) !== undefined)
      warnOnce(
        "HOTSPAN_AGENT_SPANS_UNTAGGED",
        "cannot add a span processor to this tracer provider: spans will not name their thread; " +
          "add hotspan() to its spanProcessors",
      );
    watchSampler(provider, (traceId, kind, attributes) => this.#notSampled(traceId, kind, attributes));
    const manager = otelGlobal()?.context;
    if (manager !== undefined) this.#attach(manager);
    // A provider is there, so spans will come. V8 names no function in loops that it compiled on the stack before its profiler
    // ran (517 of 517 samples went to the caller), and what it has to log at its start is least now.
    this.#wanted = true;
    this.#open();
  }

  #attach(manager: ContextManager): void {
    if (!this.#on || manager === this.#manager || typeof manager.with !== "function") return;
    // Nothing is patched while nothing is sampled.
    if (this.#plan?.collect !== true) return;
    this.#manager = manager;
    this.#labeller = chooseLabeller(manager, this.#book);
  }

  /** Loads the sampler if it is not there, and starts it if it is wanted. */
  #open(): void {
    if (!this.#on) return;
    if (this.#wanted) this.#schedule ??= inCleanContext(() => this.#follow());
    if (this.#plan?.collect !== true) return;
    if (this.#session !== undefined) {
      if (this.#wanted) this.#startSoon();
      return;
    }
    this.#opening ??= inCleanContext(() => this.#load());
  }

  async #load(): Promise<void> {
    try {
      const config = this.#config;
      if (config === undefined) return;
      const [{ Session }, transport] = await Promise.all([import("./session.ts"), openTransport(config)]);
      const plan = this.#plan;
      const manager = otelGlobal()?.context;
      if (manager !== undefined) this.#attach(manager);
      if (!this.#on || plan?.collect !== true || this.#labeller === undefined) return;
      const session = Session.open({
        config: { ...config, hz: plan.hz, windowMillis: plan.windowMillis },
        transport,
        mode: plan.mode,
        seq: this.#seq,
        unsent: this.#unsent.splice(0),
        instance: this.instance,
        book: this.#book,
        labeller: this.#labeller,
        resource: () => providerResource(this.#provider) ?? this.#resource,
      });
      if (session === undefined) {
        this.#on = false;
        return;
      }
      this.#session = session;
      this.#unwatchEnd = this.#ends.add({
        flush: () => session.flush(this.#endMillis()),
        exit: () => session.exit(),
        killed: () => session.killed(),
      });
      if (this.#wanted) this.#startSoon();
    } catch (error) {
      this.#on = false;
      warnOnce("HOTSPAN_AGENT_INTERNAL", `the agent could not start: ${describe(error)}`, "start");
    } finally {
      this.#opening = undefined;
    }
  }

  /** Asks from now on whether to sample; loaded late, like the session. */
  async #follow(): Promise<Schedule | undefined> {
    const config = this.#config;
    if (config === undefined) return undefined;
    try {
      const { Schedule } = await import("./schedule/schedule.ts");
      const { resourceText } = await import("./facts/resource.ts");
      if (!this.#on) return undefined;
      const schedule = new Schedule({
        config,
        instance: this.instance,
        facts: () => {
          const running = providerResource(this.#provider) ?? this.#resource;
          const text = resourceText(running, config.resource, config.serviceName);
          return { service: text["service.name"] ?? "", version: text["service.version"] ?? "" };
        },
        apply: (plan) => {
          this.#plan = plan;
          this.#changing = this.#changing.then(() => this.#change());
        },
      });
      schedule.start();
      return schedule;
    } catch (error) {
      warnOnce("HOTSPAN_AGENT_INTERNAL", `no schedule: ${describe(error)}`, "schedule");
      return undefined;
    }
  }

  /** From one plan to the next: a sampler's rate is set when it is made. */
  async #change(): Promise<void> {
    await this.#opening;
    if (!this.#on) return;
    await this.#close((message) => {
      if (this.#session === undefined) this.#unsent.push(message);
      else this.#session.offer(message);
    });
    this.#open();
  }

  #watchSignal(): void {
    const signal = this.#config?.signal;
    this.#unwatchSignal?.();
    this.#unwatchSignal =
      signal === undefined ? undefined : inCleanContext(() => watchSignal(signal, () => void this.#demand()));
  }

  async #demand(): Promise<void> {
    if (!this.#on) return;
    this.#wanted = true;
    this.#open();
    (await this.#schedule)?.demand(SIGNAL_MILLIS);
  }

  /** Not in the middle of the request that made the first span: the first start holds the loop for a moment. */
  #startSoon(): void {
    inCleanContext(() =>
      setImmediate(() => {
        try {
          if (this.#on) this.#session?.start();
        } catch (error) {
          warnOnce("HOTSPAN_AGENT_INTERNAL", `the agent could not start: ${describe(error)}`, "start");
        }
      }),
    );
  }
}
