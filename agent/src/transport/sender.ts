import { inCleanContext } from "../clean.ts";
import { debug, warnOnce } from "../log.ts";
import type { Message } from "../window/encoder.ts";
import type { EvictReason, Outcome, Transport } from "./transport.ts";

const SEND_TIMEOUT_MILLIS = 10_000;
const FIRST_WAIT_MILLIS = 1000;
const LONGEST_WAIT_MILLIS = 60_000;

/** Why a window went no further. */
export type DropReason = "queue full" | "refused" | "receiver absent" | "stopped" | EvictReason;

export type DropListener = (reason: DropReason, bytes: number) => void;

export interface SenderCounts {
  sent: number;
  /** Oldest ones that had to make room, here or in the folder of files, and all those an absent receiver will never take. */
  dropped: number;
  refused: number;
}

/** Messages wait here while the receiver is away: in order, at most `queueBytes`, the oldest go first. */
export class Sender {
  readonly counts: SenderCounts = { sent: 0, dropped: 0, refused: 0 };
  readonly #transport: Transport;
  readonly #queueBytes: number;
  readonly #onDrop: DropListener;
  #queue: Message[] = [];
  #bytes = 0;
  #failures = 0;
  #over = false;
  /** When the last of the drains under way gives up, ms of the monotonic clock. */
  #deadline: number | undefined;
  #drains = 0;
  /** The last flush gave up on it. */
  #late = false;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  /** Takes what comes once it is closed. */
  #heir: ((message: Message) => void) | undefined;

  constructor(transport: Transport, queueBytes: number, onDrop: DropListener = () => {}) {
    this.#transport = transport;
    this.#queueBytes = queueBytes;
    this.#onDrop = onDrop;
    transport.onEvict = (reason, bytes) => {
      this.counts.dropped++;
      onDrop(reason, bytes);
    };
  }

  get queuedBytes(): number {
    return this.#bytes;
  }

  get destination(): string {
    return this.#transport.destination;
  }

  /** In the `exit` event: hands over what waits and `more`, unless the receiver is known to be away. */
  sendAtExit(more: () => readonly Message[], budgetMillis: number): void {
    if (this.#over || this.#late || this.#failures > 0 || this.#transport.sendAtExit === undefined) return;
    const messages = [...this.#queue, ...more()];
    if (messages.length > 0) this.#transport.sendAtExit(messages, budgetMillis);
  }

  offer(message: Message): void {
    if (this.#over) {
      if (this.#heir === undefined) this.#dropped("receiver absent", message);
      else this.#heir(message);
      return;
    }
    this.#queue.push(message);
    this.#bytes += message.body.length;
    while (this.#bytes > this.#queueBytes && this.#queue.length > 1) {
      const oldest = this.#queue.shift() as Message;
      this.#bytes -= oldest.body.length;
      this.#dropped("queue full", oldest);
      warnOnce(
        "HOTSPAN_AGENT_QUEUE_FULL",
        `${this.#transport.destination} is away for long: the oldest windows are dropped`,
      );
    }
    this.#running ??= inCleanContext(() => this.#run());
  }

  /** Sends what is there, without waiting between attempts. Gives up at the deadline. */
  async drain(deadlineMillis: number): Promise<void> {
    this.#drains++;
    this.#deadline = Math.max(this.#deadline ?? 0, performance.now() + deadlineMillis);
    this.#wake?.();
    const running = this.#running;
    if (running !== undefined) {
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<void>((resolve) => {
        // Keeps the process alive until then: that is its purpose.
        timer = setTimeout(() => {
          this.#late = true;
          resolve();
        }, deadlineMillis);
      });
      await Promise.race([running, deadline]);
      clearTimeout(timer);
    }
    if (--this.#drains === 0) this.#deadline = undefined;
  }

  /**
   * What has not been sent, and what is offered from now on, goes to the heir; without one it is dropped and counted. A message
   * that is under way goes there, too: if it arrives all the same, its profile id tells the second from the first.
   */
  async close(heir?: (message: Message) => void): Promise<void> {
    if (!this.#over) this.#heir = heir ?? ((message) => this.#dropped("stopped", message));
    this.#over = true;
    const waiting = this.#queue;
    this.#queue = [];
    this.#bytes = 0;
    for (const message of waiting) this.#heir?.(message);
    this.#wake?.();
    await this.#transport.close();
  }

  async #run(): Promise<void> {
    let message: Message | undefined;
    while ((message = this.#queue[0]) !== undefined && !this.#over) {
      const outcome = await this.#transport.send(message, this.#patience());
      const wait = this.#settle(message, outcome);
      if (wait > 0 && !this.#over) {
        // While the process ends there is no time for a second attempt.
        if (this.#deadline !== undefined) break;
        await this.#pause(wait);
      }
    }
    this.#running = undefined;
  }

  /** Milliseconds to wait for an answer. */
  #patience(): number {
    return this.#deadline === undefined
      ? SEND_TIMEOUT_MILLIS
      : Math.max(1, this.#deadline - performance.now());
  }

  /** Milliseconds to wait before the next attempt. */
  #settle(message: Message, outcome: Outcome): number {
    const { destination } = this.#transport;
    switch (outcome.kind) {
      case "sent":
        this.counts.sent++;
        this.#failures = 0;
        this.#late = false;
        this.#remove(message);
        return 0;
      case "refused":
        this.counts.refused++;
        this.#onDrop("refused", message.body.length);
        this.#remove(message);
        warnOnce("HOTSPAN_AGENT_RECEIVER_REFUSED", `${destination} refused a window: ${outcome.reason}`);
        return 0;
      case "absent":
        this.#over = true;
        for (const waiting of this.#queue) this.#dropped("receiver absent", waiting);
        this.#queue = [];
        this.#bytes = 0;
        warnOnce(
          "HOTSPAN_AGENT_RECEIVER_ABSENT",
          `${destination} takes no profiles (${outcome.reason}); set HOTSPAN_ENDPOINT to the correlator, or ` +
            "HOTSPAN_KAFKA_BROKERS. Nothing more is sent",
        );
        return 0;
      case "retry": {
        this.#failures++;
        this.#sayWhy(outcome);
        debug(`sending failed (${this.#failures})`, outcome.reason);
        const backOff = Math.min(
          FIRST_WAIT_MILLIS * 2 ** Math.min(this.#failures - 1, 10),
          LONGEST_WAIT_MILLIS,
        );
        // Many agents lose the same receiver at the same moment.
        return Math.max(outcome.afterMillis ?? 0, backOff * (0.5 + Math.random() / 2));
      }
    }
  }

  #sayWhy({ reason, blame }: Extract<Outcome, { kind: "retry" }>): void {
    const { destination, settings } = this.#transport;
    switch (blame) {
      case "credentials":
        warnOnce(
          "HOTSPAN_AGENT_RECEIVER_UNAUTHORIZED",
          `${destination} does not accept who sends: ${reason}; windows wait in memory. Set ${settings.credentials}`,
        );
        return;
      case "proxy":
        warnOnce(
          "HOTSPAN_AGENT_RECEIVER_UNAUTHORIZED",
          `the proxy to ${destination} does not accept who sends: ${reason}; windows wait in memory. Set HOTSPAN_PROXY`,
          blame,
        );
        return;
      case "certificate":
        warnOnce(
          "HOTSPAN_AGENT_RECEIVER_UNTRUSTED",
          `no trusted connection to ${destination}: ${reason}; windows wait in memory. Set ${settings.certificate}`,
        );
        return;
      case undefined:
        // What passes by itself is worth a word only if it lasts.
        if (this.#failures === 3)
          warnOnce(
            "HOTSPAN_AGENT_RECEIVER_UNREACHABLE",
            `cannot reach ${destination}: ${reason}; windows wait in memory. ${settings.address} says where to send`,
          );
    }
  }

  #dropped(reason: DropReason, message: Message): void {
    this.counts.dropped++;
    this.#onDrop(reason, message.body.length);
  }

  #remove(message: Message): void {
    // It may have been dropped meanwhile.
    const at = this.#queue.indexOf(message);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#bytes -= message.body.length;
  }

  async #pause(millis: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, millis).unref();
    });
    this.#wake = undefined;
  }
}
