import type { TableBlock, WindowKey } from "../../decode/index.ts";
import type { Feed, SourceId, SourceRecord } from "../../source/source.ts";
import type { Cut } from "../block.ts";
import type { DeliveryStore, Encode } from "../ports.ts";
import { windowHash } from "../batch-id.ts";
import { sourceName } from "../../source/source.ts";

/** A choice below `n`. */
export type Choose = (n: number) => number;

interface Pending {
  readonly owner: string;
  /** A request on its way to the server, or an answer on its way back; `local` steps have no server. */
  readonly kind: "request" | "answer" | "local";
  readonly server?: number;
  readonly go: () => void;
  readonly fail: (error: Error) => void;
  /** What a request leaves behind if the server dies while it runs. */
  readonly torn?: (() => void) | undefined;
  readonly token?: string | undefined;
}

interface Proposal {
  readonly key: string;
  readonly first: bigint;
  readonly cut: Cut;
}

interface Claim {
  readonly window: bigint;
  readonly batch: bigint;
}

/**
 * ClickHouse and sources as the delivery protocol sees them, one step at a time: every call is a request that takes effect
 * at some later step, and an answer that arrives later still, or never. Between any two steps an owner can die, its
 * requests still taking effect or not; or a server can, leaving tokens without rows (ClickHouse#111577).
 */
export class Simulation {
  readonly cuts: Proposal[] = [];
  readonly claims: Claim[] = [];
  /** Rows by table, server and partition; a row is its window. */
  readonly rows: Map<string, string[]> = new Map();
  readonly committed: Map<string, bigint> = new Map();
  clock = 0;
  readonly #tokens = new Set<string>();
  readonly #dead = new Set<string>();
  readonly #choose: Choose;
  #pending: Pending[] = [];
  readonly #startedAt: number[];

  constructor(choose: Choose, servers = 1) {
    this.#choose = choose;
    this.#startedAt = Array.from({ length: servers }, () => 0);
  }

  /** Runs one pending step; false when there is none. */
  async step(index: number): Promise<boolean> {
    await settle();
    const pending = this.#pending[index % Math.max(1, this.#pending.length)];
    if (pending === undefined) return false;
    this.#pending = this.#pending.filter((other) => other !== pending);
    this.clock++;
    pending.go();
    await settle();
    return true;
  }

  /** The answer to one request is lost. */
  loseAnswer(): void {
    const answer = this.#pending.find(({ kind }) => kind === "answer");
    if (answer === undefined) return;
    this.#pending = this.#pending.filter((other) => other !== answer);
    answer.fail(new Error("connection reset"));
  }

  /** kill -9 of an owner: its requests may still arrive. */
  kill(owner: string): void {
    this.#dead.add(owner);
    this.#pending = this.#pending.filter(
      (pending) => pending.owner !== owner || (pending.kind === "request" && this.#choose(2) === 0),
    );
  }

  /** kill -9 of a server: what runs is torn, what is on the way fails. */
  crash(server: number): void {
    const lost = this.#pending.filter((pending) => pending.server === server);
    this.#pending = this.#pending.filter((pending) => pending.server !== server);
    this.#startedAt[server] = this.clock;
    for (const pending of lost) {
      if (pending.kind === "request" && this.#choose(2) === 0) pending.torn?.();
      if (!this.#dead.has(pending.owner)) pending.fail(new Error("connection refused"));
    }
  }

  async local(owner: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.#dead.has(owner)) return;
      this.#pending.push({ owner, kind: "local", go: resolve, fail: reject });
    });
  }

  async #call<T>(
    owner: string,
    server: number,
    effect: () => T,
    torn?: () => void,
    token?: string,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#dead.has(owner)) return;
      this.#pending.push({
        owner,
        kind: "request",
        server,
        fail: reject,
        torn,
        token,
        go: () => {
          const result = effect();
          // Nobody listens any more.
          if (this.#dead.has(owner)) return;
          this.#pending.push({ owner, kind: "answer", server, go: () => resolve(result), fail: reject });
        },
      });
    });
  }

  #insert(block: TableBlock, token: string | undefined, only?: ReadonlySet<string>, torn = false): void {
    for (const [partition, rows] of partitionsOf(block)) {
      if (only !== undefined && !only.has(partition)) continue;
      const key = `${block.table}/${block.shard}/${partition}`;
      // Each partition commits by itself; a torn insert ends anywhere, also between a token and its rows.
      const outcome = torn ? this.#choose(3) : 2;
      if (outcome === 0) return;
      if (token !== undefined) {
        if (this.#tokens.has(`${key}/${token}`)) continue;
        this.#tokens.add(`${key}/${token}`);
      }
      if (outcome === 1) return;
      this.rows.set(key, [...(this.rows.get(key) ?? []), ...rows]);
    }
  }

  /** Cuts and claims are the business of the first server. */
  store(owner: string, shards = 1): DeliveryStore {
    return {
      shards,
      readCut: (source, offset) =>
        this.#call(owner, 0, () => {
          const winners = new Map<bigint, Cut>();
          for (const { key, first, cut } of this.cuts)
            if (key === sourceName(source) && !winners.has(first)) winners.set(first, cut);
          return [...winners.values()]
            .filter((cut) => cut.first <= offset && cut.last >= offset)
            .toSorted((a, b) => Number(b.first - a.first))[0];
        }).then((cut) => {
          if (cut !== undefined && cut.shards > shards) throw new Error("it knows too few shards");
          return cut;
        }),
      writeCut: (source, cut, attempt) => {
        const write = (torn: boolean): void => {
          const token = `cut/${sourceName(source)}/${cut.first}/${attempt}`;
          const outcome = torn ? this.#choose(3) : 2;
          if (outcome === 0 || this.#tokens.has(token)) return;
          this.#tokens.add(token);
          if (outcome === 2) this.cuts.push({ key: sourceName(source), first: cut.first, cut });
        };
        return this.#call(
          owner,
          0,
          () => write(false),
          () => write(true),
        );
      },
      claim: async (batch, keys) => {
        const claim = (count: number): void => {
          for (const key of keys.slice(0, count)) this.claims.push({ window: windowHash(key), batch });
        };
        await this.#call(
          owner,
          0,
          () => claim(keys.length),
          () => claim(this.#choose(2) * keys.length),
        );
        return this.#call(owner, 0, () =>
          keys.filter((key) => {
            const window = windowHash(key);
            return this.claims.find((c) => c.window === window)?.batch !== batch;
          }),
        );
      },
      insert: (block, token, only) =>
        this.#call(
          owner,
          block.shard,
          () => this.#insert(block, token, only),
          () => this.#insert(block, token, only, true),
          token,
        ),
      settle: async (block, token) => {
        const runs = (p: Pending): boolean =>
          p.kind === "request" && p.token === token && p.server === block.shard && p.owner !== owner;
        while (this.#pending.some(runs)) await this.local(owner);
      },
      lacking: (batch, block) =>
        this.#call(owner, block.shard, () => {
          const lacking = new Set<string>();
          for (const [partition, rows] of partitionsOf(block)) {
            const stored = this.rows.get(`${block.table}/${block.shard}/${partition}`) ?? [];
            const mine = stored.filter((row) => row.startsWith(`${batch}:`)).length;
            if (mine < rows.length) lacking.add(partition);
          }
          return lacking;
        }),
      repairDependents: () => Promise.resolve(),
      mayHaveRestarted: async (ms) => {
        const servers = this.#startedAt.slice(0, shards).keys();
        const restarted = await Promise.all(
          [...servers].map((server) =>
            this.#call(owner, server, () => (this.#startedAt[server] ?? 0) >= this.clock - ms),
          ),
        );
        return restarted.includes(true);
      },
    };
  }

  feed(owner: string, source: SourceId, records: readonly SourceRecord[]): Feed {
    const name = sourceName(source);
    return {
      source,
      topic: "t",
      lag: 0,
      kind: "profiles",
      position: async () => {
        await this.local(owner);
        return this.committed.get(name) ?? 0n;
      },
      read: async (from) => {
        await this.local(owner);
        const at = Number(from ?? 0n);
        if (at >= records.length) return new Promise(() => undefined);
        return records.slice(at, at + 1 + this.#choose(4));
      },
      rewind: () => Promise.resolve(true),
      commit: async (next) => {
        await this.local(owner);
        this.committed.set(name, next);
      },
    };
  }
}

/** Windows w become one row of `windows` and two of `samples`, in one of two partitions. */
export const encodeSimulated: Encode = async (batch, shards, _source, _kind, records, claim) => {
  const keys = new Map<string, WindowKey>();
  for (const { value } of records) {
    const startMicros = BigInt(value[0] ?? 0);
    keys.set(String(startMicros), { instance: "i", thread: 0, startMicros, part: 1 });
  }
  const lost = new Set(await claim([...keys.values()]));
  const kept = [...keys.values()].filter((key) => !lost.has(key));
  const block = (table: string, shard: number, copies: number): TableBlock => {
    const rows = kept
      .map((key) => Number(key.startMicros))
      .filter((window) => Math.floor(window / 2) % shards === shard)
      .flatMap((window) => Array.from({ length: copies }, () => window));
    const perPartition = new Map<string, number>();
    for (const row of rows) perPartition.set(`${row % 2}`, (perPartition.get(`${row % 2}`) ?? 0) + 1);
    return {
      table,
      shard,
      idempotent: false,
      format: "RowBinary",
      bytes: Uint8Array.from(rows),
      columns: [batch.toString()],
      rows: rows.length,
      perPartition,
      probe: { kind: "batch" },
      timeRange: { fromMs: 0, toMs: 0 },
    };
  };
  return {
    blocks: [
      ...Array.from({ length: shards }, (_, shard) => block("samples", shard, 2)),
      ...Array.from({ length: shards }, (_, shard) => block("windows", shard, 1)),
    ],
    deadLetters: [],
    counts: {
      records: records.length,
      windows: kept.length,
      duplicateWindows: lost.size,
      ticks: 0,
      samples: 0,
      spans: 0,
      rejectedSpans: 0,
      deadLetters: 0,
    },
    stored: () => undefined,
  };
};

/** `batch:window` rows by partition. */
function partitionsOf(block: TableBlock): Map<string, string[]> {
  const partitions = new Map<string, string[]>();
  for (const window of block.bytes) {
    const partition = `${window % 2}`;
    partitions.set(partition, [...(partitions.get(partition) ?? []), `${block.columns[0]}:${window}`]);
  }
  return partitions;
}

/** Lets every promise that can go on go on. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
