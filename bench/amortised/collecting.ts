import { readdirSync, readFileSync } from "node:fs";

/** V8's name for the thread of its sampler, as the kernel keeps it. */
const SAMPLER = "v8:ProfEvntProc";
const EVERY_MILLIS = 200;

/** Watches from outside in which processes V8's sampler is at work. */
export class CollectingWatch {
  readonly #pids: readonly number[];
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  readonly #on: boolean[];
  #counts: number[];
  #turns: number[];

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#on = pids.map(hasSampler);
    this.#counts = pids.map(() => 0);
    this.#turns = pids.map(() => 0);
    this.#timer = setInterval(() => this.#look(), EVERY_MILLIS);
  }

  /** Since the last call, of each process: share of the time at work, and how often it began or ended. */
  take(): { readonly share: number; readonly turns: number }[] {
    this.#look();
    const taken = this.#pids.map((_, i) => ({
      share: (this.#counts[i] as number) / this.#looks,
      turns: this.#turns[i] as number,
    }));
    this.#looks = 0;
    this.#counts = this.#pids.map(() => 0);
    this.#turns = this.#pids.map(() => 0);
    return taken;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#looks++;
    for (const [i, pid] of this.#pids.entries()) {
      const on = hasSampler(pid);
      if (on) this.#counts[i] = (this.#counts[i] as number) + 1;
      if (on !== this.#on[i]) this.#turns[i] = (this.#turns[i] as number) + 1;
      this.#on[i] = on;
    }
  }
}

function hasSampler(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).some((id) => {
    try {
      return readFileSync(`${tasks}/${id}/comm`, "utf8").trim() === SAMPLER;
    } catch {
      // The thread has just ended.
      return false;
    }
  });
}
