import { AsyncResource, executionAsyncResource } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import { ResumeSource } from "@hotspan/wire";

/** What a macrotask had been waiting for. */
export interface Wake {
  /** `ResumeSource`. */
  readonly source: number;
  /** Milliseconds for which it had been due: known of timers, else 0. */
  readonly late: number;
}

/** By the name of the resource's class, the same in Node 22 to 26; whatever else it may be is `other`. */
const SOURCES: readonly (readonly [RegExp, number])[] = [
  [/^(?:FSReq|FileHandle|Zlib|Brotli|Zstd|GetAddrInfoReq|GetNameInfoReq)|Job$/, ResumeSource.pool],
  [/^(?:TCP|TLS|Pipe|UDP|HTTP|Http2)|^(?:Write|Shutdown|Send|Query\w*)(?:Req)?Wrap$/, ResumeSource.socket],
  [/^(?:MessagePort|Worker)$/, ResumeSource.message],
];

interface TimerFields {
  /** Milliseconds of the loop's clock, whole ones. */
  readonly _idleStart?: unknown;
  readonly _idleTimeout?: unknown;
}

/**
 * Tells from the resource that is about to run why it runs, and of a timer when it was due. Some 100 ns: not for every
 * macrotask.
 */
export class WakeSources {
  readonly #byClass = new WeakMap<object, number>();
  readonly #timer: unknown;
  /** Milliseconds of `performance.now()` at which the timers' clock was 0. */
  readonly #timerZero: number;

  constructor() {
    const { timer, zero } = timerClock();
    this.#timer = timer;
    this.#timerZero = zero;
  }

  /** Of the macrotask that runs, which began at `now`, milliseconds of `performance.now()`. */
  current(now: number): Wake {
    try {
      const resource: object = executionAsyncResource();
      const type: unknown = resource.constructor;
      if (type === this.#timer) return { source: ResumeSource.timer, late: this.#late(resource, now) };
      if (typeof type === "function") return { source: this.#sourceOf(resource, type), late: 0 };
    } catch {
      // A resource of the application's own may be anything.
    }
    return { source: ResumeSource.other, late: 0 };
  }

  #sourceOf(resource: object, type: { readonly name: string }): number {
    let source = this.#byClass.get(type);
    if (source === undefined) {
      const own = resource instanceof AsyncResource;
      source = own ? undefined : SOURCES.find(([pattern]) => pattern.test(type.name))?.[1];
      this.#byClass.set(type, (source ??= ResumeSource.other));
    }
    return source;
  }

  #late({ _idleStart, _idleTimeout }: TimerFields, now: number): number {
    const due = this.#timerZero + Number(_idleStart) + Number(_idleTimeout);
    return now > due ? now - due : 0;
  }
}

/**
 * libuv's loop knows whole milliseconds of the monotonic clock, and Node counts its timers' from the start of the thread, also
 * whole ones. So a reading within one millisecond tells the offset exactly.
 */
function timerClock(): { readonly timer: unknown; readonly zero: number } {
  const shift = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  for (let tries = 0; tries < 10; tries++) {
    const before = process.hrtime.bigint() / 1_000_000n;
    const probe = setTimeout(() => {}, 1);
    const after = process.hrtime.bigint() / 1_000_000n;
    const { _idleStart } = probe as TimerFields;
    clearTimeout(probe);
    if (before === after && typeof _idleStart === "number")
      return { timer: probe.constructor, zero: Number(before) - _idleStart - shift };
  }
  // Fake timers, or a thread that is never left alone: then a timer is something `other`.
  return { timer: undefined, zero: Number.NaN };
}
