import { Worker } from "node:worker_threads";
import type { ResolveFrames } from "./frames.ts";
import { type AnswerOf, type Job, runJob } from "./jobs.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** Bytes of windows computed on the spot: five windows, a few ms. More would hold the loop that answers everyone. */
const INLINE_BYTES = 150_000;

interface Pending {
  readonly resolve: ResolveFrames;
  readonly done: (answer: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** Computes ledgers: small ones here, others in a worker thread that is started when first needed. */
export class LedgerRunner {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #count = 0;

  async run<Kind extends Job["kind"]>(
    job: Job & { readonly kind: Kind },
    resolve: ResolveFrames,
  ): Promise<AnswerOf<Kind>> {
    const small = "data" in job && job.data.windows.length <= INLINE_BYTES;
    const answer = small ? await runJob(job, resolve) : await this.#send(job, resolve);
    return answer as AnswerOf<Kind>;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #send(job: Job, resolve: ResolveFrames): Promise<unknown> {
    const id = ++this.#count;
    const worker = (this.#worker ??= this.#start());
    return new Promise((done, failed) => {
      this.#pending.set(id, { resolve, done, failed });
      worker.ref();
      worker.postMessage({ type: "job", id, job } satisfies ToWorker);
    });
  }

  #start(): Worker {
    const source = import.meta.url.endsWith(".ts");
    const worker = new Worker(new URL(source ? "./worker.ts" : "./worker.js", import.meta.url), {
      execArgv: source ? ["--conditions=hotspan-source"] : [],
    });
    worker.unref();
    worker.on("message", (message: FromWorker) => this.#receive(worker, message));
    worker.on("error", (error) => this.#stop(worker, error));
    worker.on("exit", () => this.#stop(worker, new Error("The ledger's worker thread ended")));
    return worker;
  }

  #receive(worker: Worker, message: FromWorker): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    const settle = (): void => {
      this.#pending.delete(message.id);
      if (this.#pending.size === 0) worker.unref();
    };
    switch (message.type) {
      case "answer":
        settle();
        pending.done(message.answer);
        return;
      case "failed":
        settle();
        pending.failed(message.error);
        return;
      case "resolve":
        pending.resolve(message.stacks).then(
          (named) => worker.postMessage({ type: "frames", id: message.id, named } satisfies ToWorker),
          (error: unknown) => {
            settle();
            pending.failed(error);
            // So that it ends the job; nobody waits for the answer any more.
            worker.postMessage({
              type: "frames",
              id: message.id,
              named: { frames: [], stacks: [] },
            } satisfies ToWorker);
          },
        );
    }
  }

  /** Everyone who waits for it is told; the next job starts a new one. */
  #stop(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { failed } of this.#pending.values()) failed(error);
    this.#pending.clear();
  }
}
