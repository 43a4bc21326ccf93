import { readdirSync, rmSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMainThread, threadId } from "node:worker_threads";
import type { AgentConfig } from "../config.ts";
import { onWorkerEnd } from "../facts/workers.ts";
import { debug, describe, warnOnce } from "../log.ts";
import { withoutTracing } from "../otel/suppress.ts";
import { heapExporter } from "../package-root.ts";
import { ownFolder, runtimeFolders } from "../telemetry/runtime-folder.ts";
import type { Message } from "../window/encoder.ts";
import { collectLeftBehind } from "./left-behind.ts";
import { destinationOptions, type LimitContext } from "./limit-context.ts";
import type { HeapFacts } from "./message.ts";
import type { HeapSampler } from "./native.ts";

export interface LimitWatchOptions {
  readonly config: AgentConfig;
  readonly sampler: HeapSampler;
  readonly facts: () => Omit<HeapFacts, "seq">;
  readonly sourceMaps: boolean;
  readonly destination: string;
  readonly offer: (message: Message) => void;
}

/**
 * Has the heap profile of a thread that is about to die of its limit sent by another process, which outlives it. What that one
 * must know is written down beforehand: in a thread without memory nothing can be asked any more.
 */
export class LimitWatch {
  readonly #options: LimitWatchOptions;
  #unfollow: (() => void) | undefined;
  #path: string | undefined;
  #writing = false;
  #over = false;

  constructor(options: LimitWatchOptions) {
    this.#options = options;
  }

  start(): void {
    void withoutTracing(() => this.#start());
  }

  /** What is written down may have become stale; and a process that was spared is watched again. */
  refresh(): void {
    if (this.#path === undefined || this.#writing) return;
    void withoutTracing(() => this.#write()).catch((error: unknown) => debug("limit of the heap", error));
  }

  /** Synchronous: for the `exit` event as well. */
  stop(): void {
    this.#over = true;
    this.#unfollow?.();
    const path = this.#path;
    if (path === undefined) return;
    remove(path);
    // The threads end with their process, and those that are terminated get no chance to remove anything.
    if (isMainThread)
      for (const name of readdirSync(dirname(path)))
        if (name.startsWith(`${process.pid}-`) && /\.limit(\.part)?$/.test(name))
          rmSync(join(dirname(path), name), { force: true });
  }

  async #start(): Promise<void> {
    const { sampler, destination, offer } = this.#options;
    try {
      const folder = await ownFolder(runtimeFolders(process.env));
      if (folder === undefined) throw new Error("there is no folder that is this user's alone");
      if (this.#gone) return;
      this.#path = contextPath(folder, threadId);
      // Those that run already as well: the agent has counted them since it was installed.
      this.#unfollow = onWorkerEnd((id) => remove(contextPath(folder, id)));
      await this.#write();
      if (this.#gone) return;
      sampler.watchLimit([process.execPath, ...EXPORTER_FLAGS, heapExporter, this.#path]);
      // One of the threads: two at once would send the same ones.
      if (!isMainThread) return;
      const left = await collectLeftBehind(folder, destination).catch((error: unknown) => {
        debug("heap profiles left behind", error);
        return [];
      });
      for (const message of left) offer(message);
    } catch (error) {
      warnOnce("HOTSPAN_AGENT_OOM_UNAVAILABLE", `the limit of the heap is not watched: ${describe(error)}`);
    }
  }

  async #write(): Promise<void> {
    const { config, facts, sourceMaps } = this.#options;
    const path = this.#path;
    if (path === undefined) return;
    this.#writing = true;
    try {
      const context: LimitContext = {
        facts: facts(),
        intervalBytes: config.heapIntervalBytes,
        folder: process.cwd(),
        sourceMaps,
        options: destinationOptions(config),
      };
      await writeFile(`${path}.part`, JSON.stringify(context), { mode: 0o600 });
      if (!this.#gone) await rename(`${path}.part`, path);
      if (this.#gone) this.stop();
    } finally {
      this.#writing = false;
    }
  }

  /** A getter: it changes during an `await`, which narrowing does not see. */
  get #gone(): boolean {
    return this.#over;
  }
}

/** Of the main thread, whose number is 0, it has the process' name. */
const contextPath = (folder: string, thread: number): string =>
  join(folder, thread === 0 ? `${process.pid}.limit` : `${process.pid}-${thread}.limit`);

function remove(path: string): void {
  for (const one of [path, `${path}.part`]) rmSync(one, { force: true });
}

/** The variables of the process, which the other one inherits, may hold its heap to too little. */
const EXPORTER_FLAGS = ["--max-old-space-size=256", "--no-warnings"];
