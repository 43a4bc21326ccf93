import { executionAsyncResource } from "node:async_hooks";
import { randomFill } from "node:crypto";
import { performance } from "node:perf_hooks";
import { inCleanContext } from "../clean.ts";
import type { Activity } from "../journal.ts";
import { debug } from "../log.ts";

/** Milliseconds of `performance.now()`. */
export interface PoolEvent {
  readonly start: number;
  readonly queue: number;
}

const IDLE_MILLIS = 1000;
/**
 * While the thread is active: 10 a second, up to 8 of them ahead of time. Each costs 10 µs of CPU where all is warm, and 300
 * where it wakes a thread of the pool, and that the loop, on a virtual machine. So none is sent where the loop has nothing under way.
 */
const ACTIVE_MILLIS = 100;
const AHEAD = 8;
/** From the beginning of one to the next. */
const LEAST_MILLIS = 10;
/** So much later than it might be sent a probe is sent without a turn to follow: a timer's wake costs as much as a probe. */
const QUIET_MILLIS = 20;
/** One that waited less says only that the pool was free: of those one a second is told. */
const WAITED_MILLIS = 0.5;
/** A probe under way for so long may wait for a thread. */
const WAITS_MILLIS = 1;
/** Jobs that were queued with a probe return this near. */
const BEHIND_MILLIS = 5;
/** 30 s, the longest window, of a saturated pool. */
const LIMIT = 600;

/**
 * A job that does next to nothing goes through libuv's thread pool: what it took beyond the time the event loop itself was
 * busy is what a job has to wait for a free thread. Once a second; and, where the journal tells that the thread is active,
 * right behind a turn, so that it queues behind the jobs of that turn. Where that would be too often, the next comes behind a
 * later turn, or if there is none within 120 ms alone. A saturated pool is probed without a gap, since those probes are few.
 *
 * A loop that has no request under way waits for nobody: then the pool is taken to be free, which costs a look. And where nothing
 * ran since that look, nothing can have been asked of the pool, so an idle process is not woken.
 *
 * Each thread probes for itself, although they share the pool: one whose loop is held cannot probe for others, and only a
 * probe behind one's own jobs waits exactly as long as they do. Never more than one of a thread is under way.
 */
export class PoolProbe implements Activity {
  /** When a macrotask is of interest again. */
  due: number = Number.POSITIVE_INFINITY;
  readonly #idleIsTrue: boolean;
  readonly #requests: () => number;
  readonly #byte = new Uint8Array(1);
  /** When the macrotask that is running began, which is the agent's; the journal forgets it. */
  #ownMacrotask: () => number = () => Number.NaN;
  #events: PoolEvent[] = [];
  #running = false;
  #followed = false;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #pending = false;
  /** Of the latest probe; `from` is the same, or where the window before ended. */
  #start = Number.NEGATIVE_INFINITY;
  #from = 0;
  #idleBefore = 0;
  #loopDelay = 0;
  /** Probes that may be sent at once; as of the start of the latest. */
  #credit = AHEAD;
  /** When one returned that had waited. */
  #waitedUntil = Number.NEGATIVE_INFINITY;
  #told = Number.NEGATIVE_INFINITY;
  /** The first macrotask since a probe was sent. */
  #active: number | undefined;

  /**
   * @param idleIsTrue whether `nodeTiming.idleTime` can be trusted (quiet loop).
   * @param requests how many the loop has under way; other than 0: there may be jobs of the pool among them.
   */
  constructor(idleIsTrue: boolean, requests: () => number = () => -1) {
    this.#idleIsTrue = idleIsTrue;
    this.#requests = requests;
  }

  /** To be called outside of every request: probes stay in the context of their start. */
  start(): void {
    this.#running = true;
    this.#wait(IDLE_MILLIS);
  }

  stop(): void {
    this.#running = false;
    this.due = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** Those since the last call; of a probe under way, what it has waited so far. */
  take(): PoolEvent[] {
    if (this.#pending) this.#tell(performance.now());
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Whoever sees the macrotasks looks at `due` from now on. */
  follow(ownMacrotask: () => number): void {
    this.#ownMacrotask = ownMacrotask;
    this.#followed = true;
    this.#listen();
  }

  /** Nobody sees them any more: once a second then. */
  alone(): void {
    this.#ownMacrotask = () => Number.NaN;
    this.#followed = false;
    this.due = Number.POSITIVE_INFINITY;
    if (this.#running && !this.#pending) this.#wait(IDLE_MILLIS);
  }

  /** Within a hook: what is thrown here would end the process, and a timer cleared before its own callback as well. */
  active(now: number): void {
    try {
      const resource = executionAsyncResource();
      if (resource === this.#timer || resource === this.#immediate) return;
      this.due = Number.POSITIVE_INFINITY;
      if (!this.#running) return;
      if (this.#pending) this.#active = now;
      else inCleanContext(() => this.#soon(now));
    } catch (error) {
      this.stop();
      debug("thread-pool probe", error);
    }
  }

  waits(now: number): boolean {
    return (this.#pending && now - this.#start > WAITS_MILLIS) || now - this.#waitedUntil < BEHIND_MILLIS;
  }

  #listen(): void {
    if (this.#followed) this.due = Number.NEGATIVE_INFINITY;
  }

  #soon(now: number): void {
    const since = now - this.#start;
    const credit = this.#credit + since / ACTIVE_MILLIS;
    const left = Math.max(LEAST_MILLIS - since, (1 - credit) * ACTIVE_MILLIS);
    if (left > 0) {
      this.due = now + left;
      this.#wait(left + QUIET_MILLIS);
    } else {
      this.due = Number.POSITIVE_INFINITY;
      clearTimeout(this.#timer);
      this.#immediate = setImmediate(this.#probe);
    }
  }

  #wait(millis: number): void {
    clearTimeout(this.#timer);
    // Node.js says aloud that a time is negative.
    this.#timer = setTimeout(this.#probe, Math.max(1, Math.ceil(millis))).unref();
  }

  readonly #probe = (): void => {
    this.#ownMacrotask();
    this.#timer = this.#immediate = undefined;
    if (!this.#running || this.#pending) return;
    try {
      const waiting = this.#requests() !== 0;
      if (waiting) randomFill(this.#byte, this.#returned);
      this.#pending = waiting;
      const now = performance.now();
      this.#credit = Math.min(AHEAD, this.#credit + (now - this.#start) / ACTIVE_MILLIS) - 1;
      this.#start = this.#from = now;
      this.#idleBefore = performance.nodeTiming.idleTime;
      this.#loopDelay = 0;
      if (waiting && !this.#idleIsTrue)
        setImmediate(() => {
          this.#loopDelay = performance.now() - this.#start;
        });
      this.#active = undefined;
      this.#listen();
      if (waiting) return;
      this.#tell(now);
      if (!this.#followed) this.#wait(IDLE_MILLIS);
    } catch (error) {
      // A process that may not use its pool is not probed.
      this.stop();
      debug("thread-pool probe", error);
    }
  };

  readonly #returned = (): void => {
    const own = this.#ownMacrotask();
    const now = performance.now();
    if (this.#running) this.#tell(now);
    if (now - this.#start > WAITS_MILLIS) this.#waitedUntil = now;
    if (now - this.#start > LEAST_MILLIS) this.#credit = Math.min(AHEAD, this.#credit + 1);
    this.#pending = false;
    if (!this.#running) return;
    if (this.#active !== undefined && this.#active !== own) this.#soon(now);
    else {
      this.#listen();
      if (!this.#followed || this.#requests() !== 0) this.#wait(this.#start + IDLE_MILLIS - now);
    }
  };

  /** While the job waited, a loop with nothing else to do was idle; what it did instead is its own delay. */
  #tell(now: number): void {
    const start = this.#from;
    const { idleTime } = performance.nodeTiming;
    const queue = this.#idleIsTrue ? idleTime - this.#idleBefore : now - start - this.#loopDelay;
    this.#from = now;
    this.#idleBefore = idleTime;
    this.#loopDelay = 0;
    if (queue < WAITED_MILLIS && start - this.#told < IDLE_MILLIS - ACTIVE_MILLIS) return;
    if (this.#events.length >= LIMIT) return;
    this.#told = start;
    this.#events.push({ start, queue: Math.max(0, queue) });
  }
}
