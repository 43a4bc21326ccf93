import { readdirSync, readFileSync } from "node:fs";

/** V8's name for the thread that takes the samples of one isolate and symbolises them; the kernel keeps 15 characters. */
const NAME = "v8:ProfEvntProc";
const TASKS = "/proc/self/task";

/**
 * CPU of V8's sampler threads. Linux only. Which of them belongs to which thread of JavaScript nobody tells, so each takes
 * an equal part.
 */
export class SamplerThreadCpu {
  readonly #folder: string;
  #ids: readonly string[] = [];
  #last: number | undefined;

  constructor(folder: string = TASKS) {
    this.#folder = folder;
  }

  /** Nanoseconds since the last call; undefined at the first one, and where they cannot be told. Some 0.1 ms. */
  take(): number | undefined {
    let now = this.#sum();
    if (now === undefined) {
      this.#ids = this.#find();
      now = this.#sum();
      this.#last = undefined;
    }
    const last = this.#last;
    this.#last = now;
    return now === undefined || last === undefined ? undefined : Math.max(0, now - last);
  }

  /** The sampler was started anew, or another one came or went. */
  forget(): void {
    this.#ids = [];
    this.#last = undefined;
  }

  #sum(): number | undefined {
    if (this.#ids.length === 0) return undefined;
    let sum = 0;
    for (const id of this.#ids) {
      try {
        sum += Number.parseInt(readFileSync(`${this.#folder}/${id}/schedstat`, "utf8"), 10);
      } catch {
        return undefined;
      }
    }
    return Number.isNaN(sum) ? undefined : sum / this.#ids.length;
  }

  #find(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((id) => {
        try {
          return readFileSync(`${this.#folder}/${id}/comm`, "utf8").trim() === NAME;
        } catch {
          return false;
        }
      });
    } catch {
      return [];
    }
  }
}
