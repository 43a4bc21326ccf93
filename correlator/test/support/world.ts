import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClickHouseClient } from "@clickhouse/client";
import { createStoreClient, type EmbeddedStore, prepareDatabase, startEmbedded } from "@hotspan/store";
import type { CorrelatorConfig } from "@hotspan/correlator";

/** A real ClickHouse with migrated tables in a temporary folder. */
export interface World {
  readonly folder: string;
  readonly store: EmbeddedStore;
  readonly client: ClickHouseClient;
  readonly clickhouse: CorrelatorConfig["clickhouse"];
  /** One number. */
  count(query: string): Promise<number>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "hotspan-correlator-"));
  const store = await startEmbedded({ dataDir: join(folder, "clickhouse") });
  const clickhouse = { url: store.httpUrl, database: store.database, ...store.writer };
  await prepareDatabase(clickhouse);
  const client = createStoreClient(clickhouse);
  return {
    folder,
    store,
    client,
    clickhouse,
    async count(query) {
      for (let tries = 0; ; tries++) {
        try {
          const result = await client.query({ query, format: "JSONCompactEachRow" });
          const [row] = await result.json<[string | number]>();
          return Number(row?.[0]);
        } catch (error) {
          // It may be restarting.
          if (tries > 50) throw error;
          await sleep(100);
        }
      }
    },
    async close() {
      await client.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Child {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it wrote to stderr. */
  readonly log: () => string;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

const main = join(import.meta.dirname, "../../src/main.ts");

/** The correlator as a process of its own. Resolves when it listens. */
export async function startChild(world: World, env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const child = fork(main, [], {
    execArgv: ["--conditions=hotspan-source"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      ...process.env,
      HOTSPAN_PORT: "0",
      HOTSPAN_DATA: join(world.folder, "data"),
      HOTSPAN_CLICKHOUSE_URL: world.clickhouse.url,
      HOTSPAN_CLICKHOUSE_DATABASE: world.clickhouse.database,
      HOTSPAN_CLICKHOUSE_USER: world.clickhouse.user,
      HOTSPAN_CLICKHOUSE_PASSWORD: world.clickhouse.password,
      ...env,
    },
  });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const first = await Promise.race([
    once(child, "message").then(([message]) => message as { url: string }),
    exited.then((code) => {
      throw new Error(`the correlator ended with ${code}: ${log}`);
    }),
  ]);
  return {
    url: first.url,
    process: child,
    log: () => log,
    async kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

/** Resolves when `holds` does; throws with `what` after `seconds`. */
export async function eventually(what: string, holds: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(50);
  }
}
