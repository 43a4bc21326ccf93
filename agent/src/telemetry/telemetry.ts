import { threadId } from "node:worker_threads";
import type { AgentConfig } from "../config.ts";
import type { PoolEvent } from "../facts/pool-probe.ts";
import type { Labeller } from "../labelling/labeller.ts";
import { debug, lastWarning } from "../log.ts";
import { AGENT_VERSION, packageRoot } from "../package-root.ts";
import { threadName } from "../thread.ts";
import type { Sender } from "../transport/sender.ts";
import type { Cost } from "../watchdog/cost.ts";
import type { Plan } from "../watchdog/plan.ts";
import type { Change } from "../watchdog/watchdog.ts";
import { type BackoffEvent, channels, type DroppedEvent, type WindowEvent } from "./channels.ts";
import { AgentMetrics } from "./metrics.ts";
import { shownConfig, withoutCredentials } from "./shown-config.ts";
import { type AgentStatus, pidNamespace, processMark } from "./status.ts";
import { StatusFile } from "./status-file.ts";
import { type AgentState, Tally, type WindowDropReason } from "./tally.ts";
import type { WindowFacts } from "./window-facts.ts";

export interface TelemetryOptions {
  readonly config: AgentConfig;
  readonly instance: string;
  readonly labels: Labeller["path"];
  readonly service: () => string | undefined;
}

/** What is to be seen of the agent from outside: metrics, diagnostics channels, the status file. Never throws. */
export class Telemetry {
  readonly tally: Tally = new Tally();
  readonly #options: TelemetryOptions;
  readonly #metrics: AgentMetrics;
  readonly #file: StatusFile | undefined;
  readonly #mark: string | undefined;
  readonly #namespace: string | undefined;
  readonly #started = Date.now();
  #sender: Sender | undefined;
  #plan: Plan;
  #quietLoop = false;
  #because: string | undefined;
  #otherProfiler: string | undefined;

  constructor(options: TelemetryOptions) {
    this.#options = options;
    const { hz, windowMillis, journal } = options.config;
    this.#plan = { on: true, hz, windowMillis, journal };
    const sender = (): Sender | undefined => this.#sender;
    this.#metrics = new AgentMetrics({
      threadId,
      tally: this.tally,
      get sender() {
        return sender();
      },
    });
    if (options.config.status) {
      this.#file = new StatusFile();
      this.#mark = processMark();
      this.#namespace = pidNamespace();
    }
  }

  /** Sampling begins. */
  started(sender: Sender, quietLoop: boolean): void {
    this.#sender = sender;
    this.#quietLoop = quietLoop;
    this.tally.state = "collecting";
    this.#metrics.look();
    this.#write();
  }

  window(facts: WindowFacts, cost: Cost, cpuShare: number, messages: number, bytes: number): void {
    this.tally.window(facts, cost, cpuShare);
    this.#metrics.look();
    this.#metrics.stall(facts.stallMillis);
    this.#write();
    if (channels.window.hasSubscribers)
      channels.window.publish({ ...facts, threadId, messages, bytes, cpuShare } satisfies WindowEvent);
  }

  pool(probes: readonly PoolEvent[]): void {
    this.#metrics.queueDelays(probes.map(({ queue }) => queue));
  }

  dropped(reason: WindowDropReason, bytes: number): void {
    this.tally.droppedBytes += bytes;
    if (reason === "loop too busy" || reason === "too large") this.tally.unsent++;
    if (channels.dropped.hasSubscribers)
      channels.dropped.publish({ threadId, reason, bytes } satisfies DroppedEvent);
  }

  /** The watchdog's change is in force. */
  changed({ to, reason, cpuShare, stallMillis }: Change, state: AgentState, because: string): void {
    this.#plan = to;
    this.tally.state = state;
    this.#because = state === "collecting" ? undefined : because;
    this.#write();
    const { hz, windowMillis, journal } = to;
    if (channels.backoff.hasSubscribers)
      channels.backoff.publish({
        threadId,
        state,
        reason,
        cpuShare,
        stallMillis,
        hz,
        windowMillis,
        journal,
      } satisfies BackoffEvent);
  }

  /** Sampling is over, or could not begin, and the process goes on. */
  off(because: string, otherProfiler?: string): void {
    this.tally.state = "off";
    this.#because = because;
    this.#otherProfiler = otherProfiler;
    this.#metrics.look();
    this.#write();
  }

  /** Takes everything back. */
  close(): void {
    this.#metrics.close();
    this.#file?.remove();
  }

  #write(): void {
    this.#file?.write(() => `${JSON.stringify(this.#status())}\n`);
  }

  #status(): AgentStatus {
    const { config, instance, labels } = this.#options;
    const { tally } = this;
    const sender = this.#sender;
    const busy = tally.labelled + tally.unlabelled;
    return {
      format: 1,
      pid: process.pid,
      processMark: this.#mark,
      pidNamespace: this.#namespace,
      threadId,
      threadName: threadName(),
      instance,
      node: process.versions.node,
      agent: AGENT_VERSION,
      agentPath: packageRoot,
      service: this.#service(),
      startedEpochMillis: this.#started,
      updatedEpochMillis: Date.now(),
      state: tally.state,
      because: this.#because,
      hz: this.#plan.hz,
      windowMillis: this.#plan.windowMillis,
      journal: this.#plan.journal && this.#quietLoop,
      quietLoop: this.#quietLoop,
      labels,
      destination: sender === undefined ? undefined : withoutCredentials(sender.destination),
      windows: {
        ...(sender?.counts ?? { sent: 0, dropped: 0, refused: 0 }),
        dropped: (sender?.counts.dropped ?? 0) + tally.unsent,
        taken: tally.last === undefined ? 0 : tally.last.seq + 1,
      },
      queueBytes: sender?.queuedBytes ?? 0,
      droppedBytes: tally.droppedBytes,
      cpuShare: tally.last?.cpuShare,
      stallMillis: tally.last?.stallMillis,
      labelledShare: busy === 0 ? undefined : tally.labelled / busy,
      lostTicks: tally.lostTicks,
      lastError: lastWarning(),
      otherProfiler: this.#otherProfiler,
      config: shownConfig(config),
    };
  }

  #service(): string | undefined {
    try {
      return this.#options.service();
    } catch (error) {
      debug("status", error);
      return undefined;
    }
  }
}
