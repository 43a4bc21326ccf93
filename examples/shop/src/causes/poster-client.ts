import { context, propagation } from "@opentelemetry/api";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface PosterOrder {
  readonly id: number;
  readonly size: number;
  /** `traceparent` and the like. */
  readonly carrier: Readonly<Record<string, string>>;
}

/** The thread that draws posters, one after the other. */
export class Posters {
  readonly #worker = new Worker(new URL("./poster-worker.js", import.meta.url), { name: "posters" });
  readonly #open = new Map<number, { resolve(pixels: Uint8Array): void; reject(error: Error): void }>();
  #last = 0;

  constructor() {
    this.#worker.on("message", ({ id, pixels }: { id: number; pixels: Uint8Array }) => {
      this.#open.get(id)?.resolve(pixels);
      this.#open.delete(id);
    });
    const fail = (error: Error): void => {
      for (const waiting of this.#open.values()) waiting.reject(error);
      this.#open.clear();
    };
    this.#worker.on("error", fail);
    this.#worker.on("exit", () => fail(new Error("the poster thread ended")));
  }

  async draw(size: number): Promise<Uint8Array> {
    const id = ++this.#last;
    const carrier: Record<string, string> = {};
    propagation.inject(context.active(), carrier);
    return await new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#worker.postMessage({ id, size, carrier } satisfies PosterOrder);
    });
  }

  /** Lets it finish and flush its spans. */
  async close(): Promise<void> {
    const ended = once(this.#worker, "exit");
    this.#worker.postMessage("stop");
    await ended;
  }
}
