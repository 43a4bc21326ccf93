import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClickHouseClient } from "@clickhouse/client";
import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";
import { type Job, nextPass } from "./job.ts";
import { changed, JobTable } from "./job-table.ts";
import { sweep } from "./sweep.ts";
import type { Target } from "./target.ts";

/** How often jobs of other correlators are looked for. */
const LOOK_MS = 2000;
/** A job that says nothing for so long has lost its correlator. */
const SILENT_MS = 30_000;
const ALIVE_MS = 5000;
/** How long the first pass waits for what was received before it. */
const DELIVERY_MS = 30_000;

export interface DeletionParts {
  readonly client: ClickHouseClient;
  /** Differs for every process and start. */
  readonly owner: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Resolves when everything this process has received by now is stored, or the signal aborts. */
  readonly delivered: (signal: AbortSignal) => Promise<void>;
  /** Rows of stacks are gone: what is remembered as stored is not. */
  readonly stacksGone: (service: string) => void;
}

/**
 * Jobs that delete data. They stand in `deletion_jobs`, so they outlive the process: any correlator takes over one whose own says
 * nothing any more. Two at one job do no harm, every step may be repeated.
 */
export class Deletions {
  readonly #parts: DeletionParts;
  readonly #table: JobTable;
  /** Passes of jobs on services that this process knows of. */
  readonly #seen = new Map<string, number>();
  #wake: () => void = () => undefined;
  #open = 0;

  constructor(parts: DeletionParts) {
    this.#parts = parts;
    this.#table = new JobTable(parts.client);
  }

  /** Jobs whose first pass is not done. */
  get open(): number {
    return this.#open;
  }

  /** Resolves when the job is written down. Throws what ClickHouse throws. */
  async request(target: Target): Promise<string> {
    const now = Date.now();
    const job: Job = {
      id: randomBytes(16).toString("hex"),
      target,
      state: "queued",
      step: "",
      rows: {},
      error: "",
      passes: 0,
      nextPassAt: now,
      requestedAt: now,
      finishedAt: undefined,
      owner: this.#parts.owner,
      silentMs: 0,
      version: BigInt(now) * 1000n,
    };
    await this.#table.write(job);
    this.#parts.metrics.deletionJobs.inc({ kind: target.kind });
    this.#parts.log.info({ job: job.id, kind: target.kind }, "asked to delete data");
    this.#wake();
    return job.id;
  }

  read(id: string): Promise<Job | undefined> {
    return this.#table.read(id);
  }

  /** Works on jobs until the signal aborts, one at a time. */
  async run(signal: AbortSignal): Promise<void> {
    // Once per outage.
    let failing = false;
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      let next: Job | undefined;
      try {
        next = this.#choose(await this.#table.open());
        failing = false;
        if (next !== undefined) await this.#pass(next, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#parts.metrics.failures.inc({ step: "deletion" });
        if (next === undefined)
          this.#parts.log[failing ? "debug" : "warn"]({ err: error }, "no look for deletion jobs");
        else await this.#failed(next, error);
        failing = next === undefined;
        next = undefined;
      }
      if (next === undefined)
        await Promise.race([
          promise,
          sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined),
        ]);
    }
  }

  #choose(jobs: readonly Job[]): Job | undefined {
    this.#open = jobs.filter(({ state }) => state !== "done").length;
    for (const { id, target, passes } of jobs) {
      if (target.kind !== "service" || (this.#seen.get(id) ?? 0) === passes) continue;
      this.#seen.set(id, passes);
      this.#parts.stacksGone(target.service);
    }
    const now = Date.now();
    const due = jobs.filter(
      ({ owner, silentMs, nextPassAt = 0 }) =>
        nextPassAt <= now && (owner === this.#parts.owner || silentMs > SILENT_MS),
    );
    // Somebody waits for a first pass, nobody for a later one.
    return due.find(({ finishedAt }) => finishedAt === undefined) ?? due[0];
  }

  async #pass(found: Job, signal: AbortSignal): Promise<void> {
    const state = found.finishedAt === undefined ? "running" : "done";
    let job = changed(found, { owner: this.#parts.owner, state, error: "" });
    const write = async (change: Partial<Job>): Promise<void> => {
      job = changed(job, change);
      await this.#table.write(job);
    };
    await write({});
    const alive = setInterval(() => void write({}).catch(() => undefined), ALIVE_MS);
    try {
      await this.#work(() => job, write, signal);
    } finally {
      clearInterval(alive);
    }
  }

  async #work(
    current: () => Job,
    write: (change: Partial<Job>) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, metrics } = this.#parts;
    const { id, requestedAt, finishedAt, rows } = current();
    const first = finishedAt === undefined;
    if (first) {
      await this.#parts.delivered(AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_MS)]));
      signal.throwIfAborted();
    }
    await sweep(
      this.#parts.client,
      current(),
      first ? undefined : requestedAt,
      {
        async working(table, failure = "") {
          const { step, error } = current();
          if (table === step && failure === error) return;
          if (failure !== "") log.warn({ job: id, table, failure }, "a deletion waits");
          await write({ step: table, error: failure });
        },
        async removed(table, count) {
          metrics.deletedRows.inc({ table }, count);
          const { rows: sofar } = current();
          await write({ rows: { ...sofar, [table]: (sofar[table] ?? 0) + count } });
        },
      },
      signal,
    );
    const now = Date.now();
    await write({
      state: "done",
      step: "",
      error: "",
      passes: current().passes + 1,
      nextPassAt: nextPass(requestedAt, now),
      finishedAt: finishedAt ?? now,
    });
    const job = current();
    if (first || job.rows !== rows)
      log.info({ job: id, rows: job.rows, pass: job.passes }, "data was deleted");
  }

  /** It stays open, and is tried again. */
  async #failed(job: Job, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.log.warn({ job: job.id, err: error }, "a deletion failed; trying again");
    try {
      const latest = (await this.#table.read(job.id)) ?? job;
      await this.#table.write(changed(latest, { error: message }));
    } catch {
      // ClickHouse is away: the next look finds the job as it was.
    }
  }
}
