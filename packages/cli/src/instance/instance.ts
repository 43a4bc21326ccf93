// Starts what `hotspan up` consists of, in order, and ends it in the opposite order.
import { TOKENS_FILE } from "@hotspan/access";
import { removeRunFile, type RunFile, writeRunFile } from "@hotspan/store";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import { checkUp, type UpOptions } from "../options.ts";
import { requirePort } from "../ports.ts";
import { Child, type ChildEvents, type ChildSpec } from "../process/child.ts";
import { LogFile } from "../process/log-file.ts";
import type { Progress } from "../text/progress.ts";
import { type DataLock, lockData } from "./data-lock.ts";
import { programOf, uiFolder } from "./locate.ts";
import { untilReady } from "./ready.ts";
import { leftoverPids } from "./run-file.ts";
import { type Kafka, startKafka } from "./kafka.ts";
import { openStore, type Store } from "./store.ts";
import { untilGone } from "./leftovers.ts";

export interface InstanceContext {
  readonly progress: Progress;
  /** Aborted when the user wants it ended while it still starts. */
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  /** Restarts of children, and other things worth a line after the start. */
  readonly say: (line: string) => void;
}

/** How long each stage of the end may take, ms, before it is ended the hard way; the store and the broker get the rest. */
const PATIENCE = { example: 500, servers: 1800 } as const;
const READY_MS = 60_000;

export class Instance {
  readonly #options: UpOptions;
  readonly #context: InstanceContext;
  #lock: DataLock | undefined;
  #store: Store | undefined;
  #kafka: Kafka | undefined;
  readonly #servers: Child[] = [];
  readonly #examples: (readonly Child[])[] = [];
  #demo: RunFile["demo"];
  #published = false;
  #stopped: Promise<void> | undefined;
  #break: (error: Error) => void = () => undefined;
  /** Rejects when a part is gone for good. */
  readonly broken: Promise<never> = new Promise((_, reject) => {
    this.#break = reject;
  });

  constructor(options: UpOptions, context: InstanceContext) {
    this.#options = options;
    this.#context = context;
    // Nobody may be waiting when it happens.
    this.broken.catch(() => undefined);
  }

  /** Everything up to both servers being ready. After a throw, `stop` ends what had been started. */
  async start(): Promise<void> {
    const { host, port, ingestPort, data } = this.#options;
    const { progress, signal, env } = this.#context;
    const tokensFile = env["HOTSPAN_TOKENS_FILE"] || join(data, TOKENS_FILE);
    checkUp(this.#options, { token: env["HOTSPAN_TOKEN"], tokensFile });
    const entries = {
      correlator: programOf("correlator"),
      queryApi: programOf("query-api"),
    };
    this.#lock = lockData(data);
    mkdirSync(join(data, "logs"), { recursive: true });
    // The children of an instance that was killed end by themselves; they may need a moment more.
    await untilGone(leftoverPids(data));
    removeRunFile(data);
    await requirePort("--port", host, port);
    await requirePort("--ingest-port", host, ingestPort);
    signal.throwIfAborted();

    const store = await openStore(this.#options, this.#context, {
      opened: (opened) => {
        this.#store = opened;
      },
      changed: () => {
        this.#republish();
      },
      failed: (error) => this.#break(error),
    });
    signal.throwIfAborted();
    if (this.#options.kafka !== undefined) {
      this.#kafka = await startKafka(this.#options.kafka, data, this.#context, () => {
        this.#republish();
      });
      signal.throwIfAborted();
    }

    const common: NodeJS.ProcessEnv = {
      ...env,
      HOTSPAN_HOST: host,
      HOTSPAN_TOKENS_FILE: tokensFile,
      ...(this.#options.insecureNoToken === true ? { HOTSPAN_INSECURE_NO_TOKEN: "1" } : {}),
      HOTSPAN_DATA: join(data, "ingest"),
      HOTSPAN_CLICKHOUSE_URL: store.httpUrl,
      HOTSPAN_CLICKHOUSE_DATABASE: store.database,
      ...(this.#kafka === undefined ? {} : { HOTSPAN_KAFKA_BROKERS: this.#kafka.brokers }),
    };
    if (this.#kafka === undefined) delete common["HOTSPAN_KAFKA_BROKERS"];
    const server = (name: string, entry: string, own: NodeJS.ProcessEnv): Child => {
      const child = this.child({
        name,
        entry,
        env: { ...common, ...own },
        portVariable: "HOTSPAN_PORT",
      });
      this.#servers.push(child);
      return child;
    };
    const correlator = server("correlator", entries.correlator, {
      HOTSPAN_PORT: String(ingestPort),
      ...(this.#options.maxDisk === undefined ? {} : { HOTSPAN_MAX_DISK: String(this.#options.maxDisk) }),
      HOTSPAN_CLICKHOUSE_USER: store.writer.user,
      HOTSPAN_CLICKHOUSE_PASSWORD: store.writer.password,
    });
    await progress.step("Correlator (ingest)", async (tell) => {
      await correlator.start();
      const paused = await untilReady(correlator, READY_MS, signal, tell);
      // What is stored can be looked at, and deleted.
      if (paused !== undefined) this.#context.say(`correlator: ${paused}`);
    });
    const ui = uiFolder();
    const queryApi = server("query-api", entries.queryApi, {
      HOTSPAN_PORT: String(port),
      HOTSPAN_CLICKHOUSE_USER: store.reader.user,
      HOTSPAN_CLICKHOUSE_PASSWORD: store.reader.password,
      ...(ui === undefined ? {} : { HOTSPAN_UI_DIR: ui }),
      // Where attributes are redacted, statements of others must not read them.
      ...(store.sql === undefined || !env["HOTSPAN_REDACT"]
        ? {}
        : {
            HOTSPAN_CLICKHOUSE_SQL_USER: store.sql.user,
            HOTSPAN_CLICKHOUSE_SQL_PASSWORD: store.sql.password,
          }),
    });
    await progress.step(
      ui === undefined ? "Query API (no UI: not built)" : "Query API and UI",
      async (tell) => {
        await queryApi.start();
        await untilReady(queryApi, READY_MS, signal, tell);
      },
    );
  }

  /** A supervised process whose output goes to DATA/logs/NAME.log. */
  child(spec: Omit<ChildSpec, "log">): Child {
    const events: ChildEvents = {
      restarting: (name, how, delayMs) =>
        this.#context.say(`${name} ${how}; starting it again in ${delayMs} ms (logs/${name}.log)`),
      restarted: (name) => {
        this.#context.say(`${name} runs again`);
        this.#republish();
      },
    };
    return new Child(
      { ...spec, log: new LogFile(join(this.#options.data, "logs", `${spec.name}.log`)) },
      events,
    );
  }

  /** Example programs that may end together: after those added later, and before the servers, so that their last spans arrive. */
  addExamples(stage: readonly Child[]): void {
    this.#examples.push(stage);
  }

  setDemo(demo: RunFile["demo"]): void {
    this.#demo = demo;
  }

  /** Writes run.json: from now on others may use the instance. */
  publish(): RunFile {
    const run = this.run();
    writeRunFile(this.#options.data, run);
    this.#published = true;
    return run;
  }

  /** A part has another pid. Where that cannot be written, on a full disk say, all goes on as before. */
  #republish(): void {
    if (!this.#published) return;
    try {
      this.publish();
    } catch (error) {
      this.#context.say(`run.json cannot be written: ${messageOf(error)}`);
    }
  }

  run(): RunFile {
    const store = this.#store;
    const [correlator, queryApi] = this.#servers;
    if (store === undefined || correlator?.url === undefined || queryApi?.url === undefined) {
      throw new Error("run() before start() is done");
    }
    const pids: Record<string, number> = { supervisor: process.pid };
    if (store.pid !== undefined) pids["store"] = store.pid;
    if (this.#kafka?.pid !== undefined) pids["kafka"] = this.#kafka.pid;
    for (const { name, pid } of [...this.#servers, ...this.#examples.flat()]) {
      if (pid !== undefined) pids[name] = pid;
    }
    return {
      url: queryApi.url,
      ingestUrl: correlator.url,
      clickhouse: {
        httpUrl: store.httpUrl,
        ...(store.tcpPort === undefined ? {} : { tcpPort: store.tcpPort }),
        database: store.database,
        readerUser: store.reader.user,
        readerPassword: store.reader.password,
      },
      ...(this.#kafka === undefined ? {} : { kafka: { brokers: this.#kafka.brokers } }),
      ...(this.#demo === undefined ? {} : { demo: this.#demo }),
      pids,
    };
  }

  /** Ends everything, in less than five seconds; never throws. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (this.#published) removeRunFile(this.#options.data);
    // The load, then gateway, checkout, the others: nobody calls a service that is closing. Their last spans and windows
    // still find the correlator.
    for (const stage of this.#examples.toReversed()) {
      await Promise.all(stage.map((child) => child.stop(PATIENCE.example)));
    }
    await Promise.all(this.#servers.map((child) => child.stop(PATIENCE.servers)));
    await Promise.allSettled([this.#store?.close(), this.#kafka?.close()]);
    this.#lock?.release();
  }

  /** Ends everything this instant. */
  kill(): void {
    for (const child of [...this.#examples.flat(), ...this.#servers]) child.kill();
    this.#store?.kill();
    this.#kafka?.kill();
    if (this.#published) removeRunFile(this.#options.data);
    this.#lock?.release();
  }
}
