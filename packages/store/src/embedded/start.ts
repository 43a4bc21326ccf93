import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createStoreClient, waitUntilReady } from "../client.ts";
import { StoreError } from "../errors.ts";
import { quoteIdentifier } from "../identifier.ts";
import { serverConfig, type ClusterMembers } from "./config.ts";
import { storeCredentials, type Credentials, type StoreCredentials } from "./credentials.ts";
import { defaultMaxMemoryBytes, minMaxMemoryBytes } from "./limits.ts";
import { ServerLog } from "./log.ts";
import { engineLibrary } from "./platform.ts";
import { freePorts } from "./ports.ts";
import { spawnServer, type ServerExit, type ServerProcess } from "./process.ts";
import { bootStatements } from "./protocol.ts";
import { usersConfig } from "./users.ts";

export type EmbeddedState =
  | { readonly state: "ready"; readonly pid: number }
  /** It died; the next attempt follows after `delayMs`. */
  | { readonly state: "restarting"; readonly reason: string; readonly delayMs: number }
  /** It kept dying; nothing more will be tried. */
  | { readonly state: "failed"; readonly error: StoreError };

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** Default: a quarter of the machine's memory, at most 4 GiB; at least 512 MiB. */
  readonly maxMemoryBytes?: number;
  /** 0 or absent: any free one. */
  readonly httpPort?: number;
  readonly tcpPort?: number;
  /** Default `hotspan`; created if absent. */
  readonly database?: string;
  /** Servers it forms a cluster with, itself among them: on 127.0.0.1 and `tcpPort`. */
  readonly cluster?: ClusterMembers;
  readonly onState?: (state: EmbeddedState) => void;
  /** Lines about starts and restarts; default: none. The server's own log is DATA/clickhouse.log. */
  readonly log?: (line: string) => void;
}

export interface EmbeddedStore {
  readonly httpUrl: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly database: string;
  readonly writer: Credentials;
  readonly reader: Credentials;
  /** Reads all but attributes: for statements of others where attributes are redacted. */
  readonly sql: Credentials;
  /** Of the server process; another one after a restart. */
  readonly pid: number;
  /**
   * Whether the kernel confines the server to its folder. If not (macOS, Linux without Landlock), the read-only user can
   * read files of this account with ClickHouse's `file()` function: do not hand its password to others.
   */
  readonly confined: boolean;
  /**
   * For fault tests: the supervisor restarts the server on the same ports, as after a crash. However often: a death by this
   * signal does not count towards giving up.
   */
  kill(signal?: NodeJS.Signals): void;
  /** Stops the server within 3 s. Idempotent. */
  close(): Promise<void>;
}

const engineFolder = "clickhouse";
const portAttempts = 5;
const startTimeoutMs = 60_000;
const maxQuickDeaths = 5;
/** A server that lived this long before it died starts the count anew. */
const quickDeathMs = 30_000;
const maxDelayMs = 2_000;

/**
 * Starts the embedded ClickHouse server on `dataDir` and keeps it running until `close`, or until this process ends in
 * whatever way. Resolves once it answers queries (about 1 s; 5 s when the engine has to come from a cold disk).
 *
 * Throws StoreError: `…_PLATFORM_UNSUPPORTED`, `…_DATA_IN_USE`, `…_PORT_IN_USE`, `…_DATA_UNREADABLE`, `…_START_FAILED`
 * (the last lines of its log are in the message).
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedStore> {
  const library = engineLibrary();
  const dataDir = resolve(options.dataDir);
  const database = options.database ?? "hotspan";
  quoteIdentifier(database);
  mkdirSync(join(dataDir, engineFolder), { recursive: true, mode: 0o700 });
  const supervisor = new Supervisor({
    ...options,
    library,
    dataDir,
    database,
    credentials: storeCredentials(dataDir),
    maxMemoryBytes: Math.max(options.maxMemoryBytes ?? defaultMaxMemoryBytes(), minMaxMemoryBytes),
  });
  await supervisor.start();
  return supervisor;
}

interface SupervisorOptions extends EmbeddedOptions {
  readonly library: string;
  readonly database: string;
  readonly credentials: StoreCredentials;
  readonly maxMemoryBytes: number;
}

class Supervisor implements EmbeddedStore {
  readonly database: string;
  readonly writer: Credentials;
  readonly reader: Credentials;
  readonly sql: Credentials;
  httpPort = 0;
  tcpPort = 0;
  readonly #options: SupervisorOptions;
  readonly #log: ServerLog;
  readonly #closing = new AbortController();
  #server: ServerProcess | undefined;
  /** Of `kill`, to the server that runs now. */
  #sent: NodeJS.Signals | undefined;
  #watching: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.database = options.database;
    this.writer = options.credentials.writer;
    this.reader = options.credentials.reader;
    this.sql = options.credentials.sql;
    this.#log = new ServerLog(join(options.dataDir, "clickhouse.log"));
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get pid(): number {
    return this.#server?.pid ?? -1;
  }

  get confined(): boolean {
    return this.#server?.confined() ?? false;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#sent = signal;
    this.#server?.kill(signal);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async start(): Promise<void> {
    try {
      await this.#firstStart();
      this.#watching = this.#watch();
    } catch (error) {
      this.#log.close();
      throw error;
    }
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#server?.stop();
    await this.#server?.exited;
    await this.#watching;
    this.#log.close();
  }

  async #firstStart(): Promise<void> {
    const { httpPort = 0, tcpPort = 0 } = this.#options;
    for (let attempt = 1; ; ) {
      const free = await freePorts();
      this.httpPort = httpPort === 0 ? free.http : httpPort;
      this.tcpPort = tcpPort === 0 ? free.tcp : tcpPort;
      const exit = await this.#run();
      if (exit === undefined) return;
      if (exit.reason === "locked") {
        throw new StoreError(
          "HOTSPAN_STORE_DATA_IN_USE",
          `${this.#options.dataDir} is in use by the server with process id ${exit.lockedBy ?? "unknown"}. ` +
            "Stop that one, or choose another folder with --data.",
        );
      }
      if (portTaken(exit.error)) {
        const fixed = httpPort !== 0 || tcpPort !== 0;
        if (!fixed && attempt++ < portAttempts) continue;
        throw new StoreError(
          "HOTSPAN_STORE_PORT_IN_USE",
          `Port ${this.httpPort} or ${this.tcpPort} of 127.0.0.1 is taken: choose another one, or 0 for any free one.`,
        );
      }
      throw this.#failure("The embedded ClickHouse did not start", exit);
    }
  }

  /** Starts the server; resolves to undefined when it answers, or to how it ended before that. */
  async #run(): Promise<ServerExit | undefined> {
    const { dataDir, database, credentials, maxMemoryBytes, library } = this.#options;
    const enginePath = join(dataDir, engineFolder);
    const usersPath = join(enginePath, "users.xml");
    const server = spawnServer(
      {
        type: "start",
        enginePath,
        library,
        lockPath: join(dataDir, "lock"),
        config: {
          path: join(enginePath, "config.xml"),
          text: serverConfig({
            enginePath,
            usersPath,
            httpPort: this.httpPort,
            tcpPort: this.tcpPort,
            maxMemoryBytes,
            cluster: this.#options.cluster,
          }),
        },
        users: {
          path: usersPath,
          text: usersConfig({
            database,
            credentials,
            maxMemoryBytes,
            bootStatements,
            shardPassword: this.#options.cluster?.password,
          }),
        },
        ports: this.#options.cluster?.shards.map(({ port }) => port) ?? [],
      },
      this.#log,
    );
    this.#server = server;
    this.#sent = undefined;
    const giveUp = new AbortController();
    const ready = this.#ready(giveUp.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    const first = await Promise.race([server.exited, ready]);
    giveUp.abort();
    if (first === undefined) {
      this.#options.log?.(`ClickHouse is ready on ${this.httpUrl} (pid ${server.pid})`);
      this.#options.onState?.({ state: "ready", pid: server.pid });
      return undefined;
    }
    server.stop();
    const exit = await server.exited;
    // Not an exit of its own: it ran, but never answered.
    return first === exit
      ? exit
      : {
          ...exit,
          reason: "failed",
          error: exit.error ?? (first instanceof Error ? first.message : "no answer"),
        };
  }

  /** Ready is what a client needs: authenticated queries answer, and the database is there. */
  async #ready(signal: AbortSignal): Promise<void> {
    const client = createStoreClient({
      url: this.httpUrl,
      ...this.writer,
      database: "default",
      requestTimeoutMs: 5_000,
    });
    try {
      await waitUntilReady(client, { timeoutMs: startTimeoutMs, intervalMs: 20, signal });
      await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(this.database)}` });
    } finally {
      await client.close();
    }
  }

  async #watch(): Promise<void> {
    let quickDeaths = 0;
    for (;;) {
      const since = performance.now();
      const exit = await (this.#server as ServerProcess).exited;
      if (this.#closing.signal.aborted) return;
      const asked = exit.signal !== null && exit.signal === this.#sent;
      quickDeaths = asked || performance.now() - since > quickDeathMs ? 1 : quickDeaths + 1;
      let last = exit;
      for (;;) {
        if (quickDeaths > maxQuickDeaths) {
          const error = this.#failure("The embedded ClickHouse keeps dying", last);
          this.#options.log?.(error.message);
          this.#options.onState?.({ state: "failed", error });
          return;
        }
        const delayMs = Math.min(maxDelayMs, 50 * 2 ** (quickDeaths * 2 - 2));
        const reason = describe(last);
        this.#log.line(`hotspan: ${reason}; restarting in ${delayMs} ms`);
        this.#options.log?.(`ClickHouse ${reason}; restarting in ${delayMs} ms`);
        this.#options.onState?.({ state: "restarting", reason, delayMs });
        await sleep(delayMs, undefined, { signal: this.#closing.signal }).catch(() => {});
        if (this.#closing.signal.aborted) return;
        // On the same ports, which every client already holds: one that is taken now may be free again at the next try.
        const failed = await this.#run();
        if (this.#closing.signal.aborted) return;
        if (failed === undefined) break;
        last = failed;
        quickDeaths++;
      }
    }
  }

  #failure(what: string, exit: ServerExit): StoreError {
    const tail = this.#log.tail();
    return new StoreError(
      "HOTSPAN_STORE_START_FAILED",
      `${what}: it ${describe(exit)}. Log: ${this.#log.path}${tail === "" ? "" : `\n${tail}`}`,
    );
  }
}

function describe(exit: ServerExit): string {
  if (exit.reason === "locked")
    return `found its data folder in use by process ${exit.lockedBy ?? "unknown"}`;
  if (exit.error !== undefined) return `stopped: ${exit.error.split("\n", 1)[0]}`;
  return exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`;
}

// ClickHouse reports it as a network error without a code of its own.
function portTaken(error: string | undefined): boolean {
  return error !== undefined && /Address already in use|EADDRINUSE/i.test(error);
}
