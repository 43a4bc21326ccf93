/** Lets a bounded number in at once, and a bounded number wait: small ones first, and of one size in the order they came. */
export class Gate {
  readonly #places: number;
  readonly #queue: number;
  #inside = 0;
  readonly #waiting: Waiter[] = [];

  constructor(places: number, queue: number) {
    this.#places = places;
    this.#queue = queue;
  }

  /**
   * Resolves to a function that gives the place back, which may be called more than once; to undefined when the line is too long
   * or `signal` fires first.
   */
  async enter(signal: AbortSignal, size = 0): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined;
    if (this.#inside < this.#places) {
      this.#inside++;
      return this.#leave();
    }
    if (this.#waiting.length >= this.#queue) return undefined;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        size,
        admit: () => {
          signal.removeEventListener("abort", giveUp);
          resolve(this.#leave());
        },
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        resolve(undefined);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      const larger = this.#waiting.findIndex((other) => other.size > size);
      this.#waiting.splice(larger < 0 ? this.#waiting.length : larger, 0, waiter);
    });
  }

  #leave(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      // The place goes to the next in line without being free in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next.admit();
    };
  }
}

interface Waiter {
  readonly size: number;
  readonly admit: () => void;
}
