import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ResolveFrames } from "./frames.ts";
import { type AnswerOf, type Job, runJob } from "./jobs.ts";
import { packJob, packStacks, unpackAnswer } from "./packed.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** Bytes of windows computed on the spot: five windows, a few ms. More would hold the loop that answers everyone. */
const INLINE_BYTES = 150_000;

/** Two: reading one batch of windows, computing another, and still leaving the cores to the store. */
const MAX_WORKERS = Math.min(2, availableParallelism());

interface Pending {
  readonly kind: Job["kind"];
  readonly resolve: ResolveFrames;
  readonly done: (answer: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** Computes ledgers: small ones here, others in worker threads that are started when first needed. */
export class LedgerRunner {
  readonly #workers = new Set<LedgerWorker>();

  async run<Kind extends Job["kind"]>(
    job: Job & { readonly kind: Kind },
    resolve: ResolveFrames,
  ): Promise<AnswerOf<Kind>> {
    const small = "data" in job && job.data.windows.length <= INLINE_BYTES;
    const answer = small ? await runJob(job, resolve) : await this.#idlest().run(job, resolve);
    return answer as AnswerOf<Kind>;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.close()));
  }

  /** A new one only when all others are at work. */
  #idlest(): LedgerWorker {
    const [best] = [...this.#workers].sort((a, b) => a.jobs - b.jobs);
    if (best !== undefined && (best.jobs === 0 || this.#workers.size >= MAX_WORKERS)) return best;
    const worker = new LedgerWorker(() => this.#workers.delete(worker));
    this.#workers.add(worker);
    return worker;
  }
}

/** One thread. When it ends, everyone who waits for it is told. */
class LedgerWorker {
  readonly #pending = new Map<number, Pending>();
  readonly #worker: Worker;
  readonly #ended: () => void;
  #count = 0;

  constructor(ended: () => void) {
    this.#ended = ended;
    const source = import.meta.url.endsWith(".ts");
    this.#worker = new Worker(new URL(source ? "./worker.ts" : "./worker.js", import.meta.url), {
      execArgv: source ? ["--conditions=hotspan-source"] : [],
    });
    this.#worker.unref();
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => this.#stop(error));
    this.#worker.on("exit", () => this.#stop(new Error("The ledger's worker thread ended")));
  }

  get jobs(): number {
    return this.#pending.size;
  }

  run(job: Job, resolve: ResolveFrames): Promise<unknown> {
    const id = ++this.#count;
    return new Promise((done, failed) => {
      this.#pending.set(id, { kind: job.kind, resolve, done, failed });
      this.#worker.ref();
      this.#send({ type: "job", id, job: packJob(job) });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #settle(id: number): void {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #receive(message: FromWorker): void {
    const { id } = message;
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    switch (message.type) {
      case "answer":
        this.#settle(id);
        pending.done(unpackAnswer(pending.kind, message.answer));
        return;
      case "failed":
        this.#settle(id);
        pending.failed(message.error);
        return;
      case "resolve":
        pending.resolve(message.stacks).then(
          (named) => this.#send({ type: "frames", id, named: packStacks(named) }),
          (error: unknown) => {
            this.#settle(id);
            pending.failed(error);
            // So that it ends the job; nobody waits for the answer any more.
            this.#send({ type: "frames", id, named: packStacks({ frames: [], stacks: [] }) });
          },
        );
    }
  }

  #stop(error: unknown): void {
    this.#ended();
    for (const { failed } of this.#pending.values()) failed(error);
    this.#pending.clear();
  }
}
