import { performance } from "node:perf_hooks";
import { beforeMacrotasks, type BeforeHook } from "./before-hook.ts";
import { RunDelay } from "./facts/run-delay.ts";
import type { Labeller } from "./labelling/labeller.ts";
import { debug } from "./log.ts";
import type { SpanBook, SpanRecord } from "./otel/span-book.ts";
import { type OtelContext, spanIn } from "./otel/types.ts";
import { type Wake, WakeSources } from "./wake.ts";

/** Times in milliseconds of `performance.now()`. */
export interface JournalTake {
  readonly thresholdMillis: number;
  readonly turns: readonly Turn[];
  readonly resumes: readonly Resume[];
  /** Empty: not known. */
  readonly runDelays: readonly RunDelayReading[];
  readonly droppedTurns: number;
  readonly droppedResumes: number;
  /** All that were seen, listed or not. */
  readonly macrotasks: number;
  /** Of the run delay, listed or not. */
  readonly readings: number;
}

export interface Turn {
  readonly start: number;
  readonly busy: number;
  /** The macrotask's; of one without a span that of the request that came with it. */
  readonly span: SpanRecord | undefined;
}

export interface Resume extends Wake {
  readonly time: number;
  readonly span: SpanRecord | undefined;
}

export interface RunDelayReading {
  readonly time: number;
  /** What it covers, up to `time`. */
  readonly span: number;
  /** How long the thread was ready to run in it and got no processor. */
  readonly delay: number;
}

/** Wants to know that the thread is active. */
export interface Activity {
  /** The next macrotask at or after this time is of interest. */
  readonly due: number;
  active(now: number): void;
  /** Whether those who run now are worth to be listed: they may have waited for the pool. */
  waits(now: number): boolean;
}

const TURN_MILLIS = 1;
const LONG_TURN_MILLIS = 5;
/** Idle time is read when this much has passed: what accumulates unread must stay far below a turn worth listing. */
const IDLE_CHECK_MILLIS = 0.05;
const RESUMES_PER_TURN = 64;
/** An idle phase longer than this ends the queue behind a long turn. */
const IDLE_MILLIS = 0.2;
const MAX_TURNS = 4096;
/**
 * Resumes are listed at this rate at most, all of a turn's or none: in a saturated process every turn is a long one, and each
 * resume names another span, whose label costs some microseconds when the window ends.
 */
const RESUMES_PER_SECOND = 400;
const RESUMES_AT_ONCE = 2048;
/** More than the rate lets through in 30 s, the longest window: a bound if windows should ever cease to be taken. */
const MAX_RESUMES = 16_384;

/** A request is what a macrotask is about if it begins this soon: before it only the protocol was parsed. */
const REQUEST_MILLIS = 1;

/** Readings that found less are not listed. */
const RUN_DELAY_MILLIS = 0.2;
/** More than a turn each 5 ms in 10 s; behind them one reading covers the rest of the window. */
const MAX_RUN_DELAYS = 2048;

/**
 * Exact turns of the event loop: when one began, how long it was busy, whose macrotask it began with, and who came right
 * behind a long one or out of a saturated thread pool. Needs a truthful `nodeTiming.idleTime`, so the quiet loop. About 110 ns a macrotask on Node ≥ 24.
 */
export class TurnJournal {
  readonly #labeller: Labeller;
  readonly #book: SpanBook;
  readonly #activity: Activity;
  readonly #hook: BeforeHook | undefined;
  readonly #sources = new WakeSources();
  readonly #timing = performance.nodeTiming;
  #last = 0;
  #lastContext: OtelContext | undefined;
  #lastRequest: SpanRecord | undefined;
  #idle = 0;
  #watch = 0;
  /** Whether those that are watched are listed. */
  #listed = false;
  #budget = RESUMES_AT_ONCE;
  #budgetAt = 0;
  #threshold = TURN_MILLIS;
  #turns: Turn[] = [];
  #resumes: Resume[] = [];
  #runDelay: RunDelay | undefined;
  #runDelays: RunDelayReading[] = [];
  /** Of the latest reading: when, and what it said, nanoseconds. */
  #delayAt = 0;
  #delayBefore = 0;
  #droppedTurns = 0;
  #droppedResumes = 0;
  #macrotasks = 0;
  #readings = 0;
  /** The last macrotask that was watched. */
  #watchedAt = 0;
  /** Whoever is told of activity may run code in a scope of its own, which calls the hook again. */
  #telling = false;

  constructor(labeller: Labeller, book: SpanBook, activity: Activity) {
    this.#labeller = labeller;
    this.#book = book;
    this.#activity = activity;
    if (labeller.path !== "hooks") {
      // Node 22 ignores the option and would call it for each promise; there the labeller's own hook is shared.
      this.#hook = beforeMacrotasks(() => this.#macrotask(labeller.active()));
    }
  }

  start(): void {
    this.#last = performance.now();
    this.#idle = this.#timing.idleTime;
    this.#runDelay = new RunDelay();
    this.#delayAt = this.#last;
    this.#delayBefore = this.#runDelay.read() ?? 0;
    this.#book.onRequest = this.#requestStarted;
    if (this.#hook === undefined) this.#labeller.onBefore = (context) => this.#macrotask(context);
    else this.#hook.enable();
  }

  stop(): void {
    this.#hook?.disable();
    this.#labeller.onBefore = undefined;
    this.#book.onRequest = undefined;
    this.#runDelay?.close();
  }

  take(): JournalTake {
    this.#readDelay(performance.now(), true);
    const taken = {
      thresholdMillis: this.#threshold,
      turns: this.#turns,
      resumes: this.#resumes,
      runDelays: this.#runDelays,
      droppedTurns: this.#droppedTurns,
      droppedResumes: this.#droppedResumes,
      macrotasks: this.#macrotasks,
      readings: this.#readings,
    };
    this.#turns = [];
    this.#resumes = [];
    this.#runDelays = [];
    this.#droppedTurns = this.#droppedResumes = this.#macrotasks = this.#readings = 0;
    this.#threshold = TURN_MILLIS;
    return taken;
  }

  /**
   * The macrotask that runs is the agent's own and resumed nobody. What it begins is a turn of the loop all the same, with
   * no label. Returns its time.
   */
  readonly own = (): number => {
    if (this.#watchedAt === this.#last) {
      this.#watchedAt = 0;
      this.#watch++;
      if (this.#listed) {
        this.#resumes.pop();
        this.#budget++;
      } else this.#droppedResumes--;
    }
    return this.#last;
  };

  #macrotask(context: OtelContext | undefined): void {
    if (this.#telling) return;
    this.#macrotasks++;
    const now = performance.now();
    if (now - this.#last > IDLE_CHECK_MILLIS) this.#turnEnded(now);
    if (this.#watch > 0) {
      this.#watch--;
      this.#watchedAt = now;
      if (this.#listed) {
        const { source, late } = this.#sources.current(now);
        this.#resumes.push({ time: now, span: this.#spanOf(context), source, late });
        this.#budget--;
      } else this.#droppedResumes++;
    }
    this.#last = now;
    this.#lastContext = context;
    this.#lastRequest = undefined;
    if (now >= this.#activity.due) {
      this.#telling = true;
      this.#activity.active(now);
      this.#telling = false;
    }
  }

  /** The macrotask in which a request arrives carries no span yet: it is the request's all the same. */
  readonly #requestStarted = (request: SpanRecord): void => {
    if (this.#lastRequest !== undefined || performance.now() - this.#last > REQUEST_MILLIS) return;
    if (this.#spanOf(this.#lastContext) === undefined) this.#lastRequest = request;
  };

  #turnEnded(now: number): void {
    // 21 ns, so not after each of many short macrotasks.
    const idleTime = this.#timing.idleTime;
    const idle = idleTime - this.#idle;
    this.#idle = idleTime;
    const busy = now - this.#last - idle;
    if (busy >= this.#threshold) {
      const span = this.#spanOf(this.#lastContext) ?? this.#lastRequest;
      this.#turns.push({ start: this.#last, busy, span });
      if (this.#turns.length >= MAX_TURNS) this.#raiseThreshold();
    }
    if (busy >= TURN_MILLIS || idle >= TURN_MILLIS) this.#readDelay(now, false);
    if (busy >= LONG_TURN_MILLIS) this.#watchFrom(now);
    else if (idle > IDLE_MILLIS) {
      if (this.#activity.waits(now)) this.#watchFrom(now);
      else this.#watch = 0;
    }
  }

  /** What is listed lives as long as the window: the record only, not the context, the span and all its attributes. */
  #spanOf(context: OtelContext | undefined): SpanRecord | undefined {
    try {
      const span = spanIn(context);
      return span === undefined ? undefined : this.#book.of(span);
    } catch (error) {
      // A context of somebody else's; and within a hook, what is thrown would end the process.
      debug("journal", error);
      return undefined;
    }
  }

  /** About a microsecond, so not behind each macrotask: a reading covers all since the one before. */
  #readDelay(now: number, last: boolean): void {
    if (!last && this.#runDelays.length >= MAX_RUN_DELAYS) return;
    const nanos = this.#runDelay?.read();
    if (nanos === undefined) return;
    // The kernel was asked between the two: none is left out where the thread lost its processor just then.
    const after = performance.now();
    this.#readings++;
    const delay = (nanos - this.#delayBefore) / 1e6;
    if (last || delay >= RUN_DELAY_MILLIS)
      this.#runDelays.push({ time: after, span: after - this.#delayAt, delay });
    this.#delayAt = now;
    this.#delayBefore = nanos;
  }

  #watchFrom(now: number): void {
    this.#watch = RESUMES_PER_TURN;
    this.#budget = Math.min(
      this.#budget + ((now - this.#budgetAt) * RESUMES_PER_SECOND) / 1000,
      RESUMES_AT_ONCE,
    );
    this.#budgetAt = now;
    this.#listed = this.#budget >= RESUMES_PER_TURN && this.#resumes.length < MAX_RESUMES;
  }

  /** Doubles until half of the turns are gone: the long ones matter. */
  #raiseThreshold(): void {
    const before = this.#turns.length;
    while (this.#turns.length > MAX_TURNS / 2) {
      this.#threshold *= 2;
      this.#turns = this.#turns.filter((turn) => turn.busy >= this.#threshold);
    }
    this.#droppedTurns += before - this.#turns.length;
  }
}
