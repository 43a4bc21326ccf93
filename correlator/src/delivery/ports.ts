import type { SourceId, SourceKind, SourceRecord } from "../source/source.ts";
import type { Cut } from "./block.ts";
import type { BatchCounts, DeadLetter, TableBlock, WindowKey } from "../decode/index.ts";

export interface Encoded {
  readonly blocks: readonly TableBlock[];
  readonly deadLetters: readonly DeadLetter[];
  readonly counts: BatchCounts;
  /** To be called when the blocks are stored. */
  readonly stored: () => void;
}

/** What delivery needs of ClickHouse. Every call may fail with its outcome unknown. */
export interface DeliveryStore {
  /** Servers that new cuts are spread over. */
  readonly shards: number;
  /** The winning cut at `offset`, or one that began before and contains it. */
  readCut(source: SourceId, offset: bigint): Promise<Cut | undefined>;
  /** Proposes a cut; the lowest block number of the key decides, so `readCut` tells who won. */
  writeCut(source: SourceId, cut: Cut, attempt: number): Promise<void>;
  /** Claims windows for a batch; returns those an earlier claim of another batch holds. */
  claim(batch: bigint, keys: readonly WindowKey[]): Promise<readonly WindowKey[]>;
  /** One block, with a token unless the table is idempotent. `only`: just the rows of these partitions. */
  insert(block: TableBlock, token: string | undefined, only?: ReadonlySet<string>): Promise<void>;
  /** Resolves once no insert with this token runs any more. */
  settle(block: TableBlock, token: string): Promise<void>;
  /** Partitions of the block whose rows are not all there. */
  lacking(batch: bigint, block: TableBlock): Promise<ReadonlySet<string>>;
  /** Tables fed from this one by a materialized view, which an interrupted insert may have left behind. */
  repairDependents(block: TableBlock): Promise<void>;
  /** False only if every server certainly ran through the last `ms` milliseconds. */
  mayHaveRestarted(ms: number): Promise<boolean>;
}

export interface DeadLetterSink {
  write(
    source: SourceId,
    letters: readonly { readonly record: SourceRecord; readonly code: string; readonly detail: string }[],
  ): Promise<void>;
}

/** Turns exactly these records into blocks: a pure function of them, of `shards` and of what `claim` answers. */
export type Encode = (
  batch: bigint,
  shards: number,
  source: SourceId,
  kind: SourceKind,
  records: readonly SourceRecord[],
  claim: (keys: readonly WindowKey[]) => Promise<readonly WindowKey[]>,
) => Promise<Encoded>;

export interface DeliveryEvents {
  /** An attempt failed; delivery waits and tries again. */
  failed(step: string, error: unknown): void;
  succeeded(): void;
  /** The partition is somebody else's now. */
  ended(): void;
  /** The rows acknowledged under several tokens are not there: dropped by a TTL or by hand. */
  vanished(table: string, partitions: readonly string[]): void;
  /** A cut that contains the position was found, and its beginning is gone from the source. */
  overlap(source: SourceId, cut: Cut): void;
  inserted(table: string, rows: number, seconds: number): void;
  delivered(source: SourceId, records: number, encoded: Encoded, inherited: boolean): void;
}

export interface DeliveryPorts {
  /** Differs for every process and start. */
  readonly owner: string;
  readonly store: DeliveryStore;
  readonly deadLetters: DeadLetterSink;
  readonly encode: Encode;
  readonly events: DeliveryEvents;
  /** Waits before the next try; injected so that the model test needs no clock. */
  readonly backOff: (failures: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  /** Resolves when rows may be stored at all, or the signal aborts. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  /** Runs what holds a decoded cut in memory; limits how many do. */
  readonly slot: <T>(action: () => Promise<T>) => Promise<T>;
}
