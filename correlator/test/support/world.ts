import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClickHouseClient, ClickHouseError } from "@clickhouse/client";
import { type EmbeddedStore, shardDatabase } from "@hotspan/store";
import { testShards, testStore } from "@hotspan/store/testing";
import type { CorrelatorConfig } from "@hotspan/correlator";
import type { ClickHouseDelivery } from "../../src/delivery/clickhouse.ts";
import { openStore, type OpenStore } from "../../src/open-store.ts";

/** A real ClickHouse with migrated tables in a temporary folder, or a cluster of several (HOTSPAN_TEST_SHARDS). */
export interface World {
  readonly folder: string;
  readonly shards: readonly EmbeddedStore[];
  readonly client: ClickHouseClient;
  readonly clickhouse: CorrelatorConfig["clickhouse"];
  /** The table with the rows of the first shard, of a single server the table. */
  local(table: string): string;
  /** As the correlator has it; closed with the world. */
  delivery(): ClickHouseDelivery;
  /** One number. */
  count(query: string): Promise<number>;
  close(): Promise<void>;
}

export async function startWorld(shardCount: number = testShards): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "hotspan-correlator-"));
  const test = await testStore({ dataDir: join(folder, "clickhouse") }, shardCount);
  const { store, shards, writer: client } = test;
  const clickhouse = {
    url: store.httpUrl,
    database: store.database,
    ...store.writer,
    ...(shardCount === 1 ? {} : { shards: shards.map(({ httpUrl }) => httpUrl) }),
  };
  const opened: OpenStore[] = [];
  return {
    folder,
    shards,
    client,
    clickhouse,
    local: (table) => (shardCount === 1 ? table : `${shardDatabase(store.database)}.${table}`),
    delivery() {
      const open = openStore(clickhouse);
      opened.push(open);
      return open.delivery;
    },
    async count(query) {
      // It may be restarting, on a machine that is busy; what it refuses it will go on refusing.
      const since = performance.now();
      for (;;) {
        try {
          const result = await client.query({ query, format: "JSONCompactEachRow" });
          const [row] = await result.json<[string | number]>();
          return Number(row?.[0]);
        } catch (error) {
          const patienceMs = error instanceof ClickHouseError ? 5000 : 120_000;
          if (performance.now() - since > patienceMs) throw error;
          await sleep(100);
        }
      }
    },
    async close() {
      await Promise.all(opened.map((open) => open.close()));
      await test.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Child {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it wrote to stderr. */
  readonly log: () => string;
  /** The last hundred lines of that, without the stacks of errors. */
  readonly shortLog: () => string;
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
      HOTSPAN_CLICKHOUSE_SHARDS: world.clickhouse.shards?.join(",") ?? "",
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
    shortLog: () =>
      log
        .trim()
        .split("\n")
        .slice(-100)
        .map((line) => line.replaceAll(/"stack":"(?:[^"\\]|\\.)*",?/g, "").slice(0, 400))
        .join("\n"),
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

/** Kills a server of the store, by chance which, and waits until it is back. */
export async function killStore(world: World, random: number): Promise<void> {
  world.shards[Math.floor(random * world.shards.length)]?.kill("SIGKILL");
  // Asks every shard.
  await eventually("the store is back", async () =>
    world.count("SELECT count() >= 0 FROM profile_windows").then((answered) => answered === 1),
  );
}

/** Variables of a correlator that does not reach its store, of a cluster the last shard. */
export function storeAway(world: World): Readonly<Record<string, string>> {
  const nobody = "http://127.0.0.1:9";
  const { shards } = world.clickhouse;
  return {
    HOTSPAN_CLICKHOUSE_URL: nobody,
    HOTSPAN_CLICKHOUSE_SHARDS: shards === undefined ? "" : [...shards.slice(0, -1), nobody].join(","),
  };
}
