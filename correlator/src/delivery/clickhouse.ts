import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import { insertRows, quoteIdentifier } from "@hotspan/store";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { TableBlock, WindowKey } from "../decode/index.ts";
import { CorrelatorError } from "../errors.ts";
import { maxCutOffsets } from "../source/held.ts";
import type { SourceId } from "../source/source.ts";
import { batchId, windowHash } from "./batch-id.ts";
import { traceHeaders } from "../tracing.ts";
import type { Cut } from "./block.ts";
import type { DeliveryStore } from "./ports.ts";
import { countBatch, missingSpans, repairTraceIndex } from "./probe.ts";
import { timeColumn } from "./tables.ts";

const keysPerQuery = 500;

/** One insert is one block per partition. A source that fell behind may well bring rows of many days. */
const blockSettings: ClickHouseSettings = {
  throw_on_max_partitions_per_insert_block: 0,
  max_insert_block_size: "100000000",
  min_insert_block_size_rows: "100000000",
  min_insert_block_size_bytes: "4000000000",
};

/** The delivery protocol's view of ClickHouse: of one server, or of one in each shard, by their own tables. */
export class ClickHouseDelivery implements DeliveryStore {
  readonly #servers: readonly ClickHouseClient[];
  /** Has the cuts and claims. */
  readonly #first: ClickHouseClient;
  readonly #check: () => Promise<void>;

  /**
   * @param servers in the order of the shards
   * @param check throws unless they are those shards; called until it has once succeeded, before anything is decided
   */
  constructor(servers: readonly [ClickHouseClient, ...ClickHouseClient[]], check?: () => Promise<void>) {
    this.#servers = servers;
    this.#first = servers[0];
    this.#check = check === undefined ? () => Promise.resolve() : untilDone(check);
  }

  get shards(): number {
    return this.#servers.length;
  }

  async readCut(source: SourceId, offset: bigint): Promise<Cut | undefined> {
    await this.#check();
    // A single server's table has no such column.
    const shards = this.shards === 1 ? "1" : "argMin(Shards, _block_number)";
    const rows = await this.#select<{ first: string; last: string; owner: string; shards: number }>(
      this.#first,
      `SELECT toString(First) AS first, toString(argMin(Last, _block_number)) AS last,
         argMin(Owner, _block_number) AS owner, ${shards} AS shards
       FROM profile_batches
       WHERE Cluster = {cluster:String} AND ConsumerGroup = {group:String} AND TopicId = {topicId:String}
         AND Partition = {partition:UInt32} AND First <= {offset:UInt64} AND First >= {lowest:UInt64}
       GROUP BY First HAVING argMin(Last, _block_number) >= {offset:UInt64}
       ORDER BY First DESC LIMIT 1`,
      {
        ...source,
        offset: offset.toString(),
        lowest: (offset > maxCutOffsets ? offset - maxCutOffsets : 0n).toString(),
      },
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    if (row.shards > this.shards) {
      throw new CorrelatorError(
        "HOTSPAN_CORRELATOR_SHARDS_MISSING",
        `a batch is spread over ${row.shards} shards, and HOTSPAN_CLICKHOUSE_SHARDS names ${this.shards}: name all of them`,
      );
    }
    return { first: BigInt(row.first), last: BigInt(row.last), owner: row.owner, shards: row.shards };
  }

  async writeCut(source: SourceId, cut: Cut, attempt: number): Promise<void> {
    const suffix = attempt === 1 ? "" : `#${attempt}`;
    await this.#first.insert({
      table: "profile_batches",
      values: [
        {
          Cluster: source.cluster,
          ConsumerGroup: source.group,
          TopicId: source.topicId,
          Partition: source.partition,
          First: cut.first.toString(),
          Last: cut.last.toString(),
          ...(this.shards === 1 ? {} : { Shards: cut.shards }),
          Attempt: attempt,
          Owner: cut.owner,
        },
      ],
      format: "JSONEachRow",
      clickhouse_settings: {
        insert_deduplication_token: `${batchId(source, cut.first).toString(16)}/cut${suffix}`,
      },
    });
  }

  async claim(batch: bigint, keys: readonly WindowKey[]): Promise<readonly WindowKey[]> {
    const lost: WindowKey[] = [];
    const mine = batch.toString();
    for (let at = 0; at < keys.length; at += keysPerQuery) {
      const part = keys.slice(at, at + keysPerQuery);
      const hashes = part.map((key) => windowHash(key).toString());
      await this.#first.insert({
        table: "profile_claims",
        values: hashes.map((Window) => ({ Window, Batch: mine })),
        format: "JSONEachRow",
      });
      const rows = await this.#select<{ window: string; batch: string }>(
        this.#first,
        `SELECT toString(Window) AS window, toString(argMin(Batch, _block_number)) AS batch
         FROM profile_claims WHERE Window IN (arrayMap(h -> toUInt128(h), {hashes:Array(String)})) GROUP BY Window`,
        { hashes },
      );
      const holders = new Map(rows.map((row) => [row.window, row.batch]));
      part.forEach((key, i) => {
        if (holders.get(hashes[i] ?? "") !== mine) lost.push(key);
      });
    }
    return lost;
  }

  async insert(block: TableBlock, token: string | undefined, only?: ReadonlySet<string>): Promise<void> {
    if (only !== undefined && token !== undefined) return this.#insertPartitions(block, token, only);
    await insertRows(this.#of(block), block, {
      settings: blockSettings,
      headers: traceHeaders(),
      // The server refuses a second query of the same name while the first one runs.
      ...(token === undefined ? {} : { token, queryId: queryId(token) }),
    });
  }

  /** Which rows of a block lie in which partition only ClickHouse can tell. */
  async #insertPartitions(block: TableBlock, token: string, only: ReadonlySet<string>): Promise<void> {
    const server = this.#of(block);
    const types = await this.#select<{ name: string; type: string }>(
      server,
      "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
      { table: block.table },
    );
    const typeOf = new Map(types.map(({ name, type }) => [name, type]));
    const structure = block.columns.map((name) => `${quoteIdentifier(name)} ${typeOf.get(name) ?? "String"}`);
    const columns = block.columns.map(quoteIdentifier).join(", ");
    const days = [...only].map((day) => `'${day.replaceAll(/\D/g, "")}'`).join(", ");
    const result = await server.exec({
      query: `INSERT INTO ${quoteIdentifier(block.table)} (${columns})
        SELECT ${columns} FROM input('${structure.join(", ").replaceAll(/[\\']/g, String.raw`\$&`)}')
        WHERE toString(toYYYYMMDD(${timeColumn(block.table)}, 'UTC')) IN (${days}) FORMAT ${block.format}`,
      values: Readable.from([block.bytes], { objectMode: false }),
      query_id: queryId(token),
      http_headers: traceHeaders(),
      clickhouse_settings: {
        ...blockSettings,
        insert_deduplication_token: token,
        // One thread keeps the order: the block is the same each time.
        max_threads: 1,
        max_insert_threads: "1",
      },
    });
    for await (const _ of result.stream);
  }

  async settle(block: TableBlock, token: string): Promise<void> {
    for (;;) {
      const rows = await this.#select<{ running: string }>(
        this.#of(block),
        "SELECT toString(count()) AS running FROM system.processes WHERE query_id = {id:String}",
        { id: queryId(token) },
      );
      if (rows[0]?.running === "0") return;
      await sleep(50);
    }
  }

  lacking(batch: bigint, block: TableBlock): Promise<ReadonlySet<string>> {
    return block.probe.kind === "spans"
      ? missingSpans(this.#of(block), block, block.probe.ids)
      : countBatch(this.#of(block), batch, block);
  }

  async repairDependents(block: TableBlock): Promise<void> {
    if (block.probe.kind === "spans") await repairTraceIndex(this.#of(block), block, block.probe.ids);
  }

  async mayHaveRestarted(ms: number): Promise<boolean> {
    const uptimes = await Promise.all(
      this.#servers.map((server) =>
        this.#select<{ seconds: number }>(server, "SELECT uptime() AS seconds", {}),
      ),
    );
    // Whole seconds, rounded down, and the clock of another process: two more are certain.
    return uptimes.some(([row]) => (row?.seconds ?? 0) * 1000 < ms + 2000);
  }

  #of({ shard }: TableBlock): ClickHouseClient {
    const server = this.#servers[shard];
    if (server === undefined) throw new Error(`no server is known for shard ${shard + 1}`);
    return server;
  }

  async #select<T>(
    server: ClickHouseClient,
    query: string,
    params: Record<string, unknown>,
  ): Promise<readonly T[]> {
    const result = await server.query({ query, query_params: params, format: "JSONEachRow" });
    return result.json<T>();
  }
}

function untilDone(action: () => Promise<void>): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    await action();
    done = true;
  };
}

function queryId(token: string): string {
  return `hotspan/${token}`;
}
