import {
  type Connection,
  compressionsAlgorithms,
  createAPI,
  fetchV17,
  Reader,
  UserError,
} from "@platformatic/kafka";
import type { SourceRecord } from "../../source/source.ts";
import { type Codec, inflateSync, RefusedBatch } from "../inflate.ts";

let guarded = false;

/** The library inflates batches without a limit; from now on one that is too much, or broken, fails its fetch. */
export function guardBatches(): void {
  if (guarded) return;
  guarded = true;
  for (const codec of ["gzip", "snappy", "lz4", "zstd"] as const satisfies readonly Codec[]) {
    const algorithm = compressionsAlgorithms[codec] as { decompressSync: (data: Buffer) => Buffer };
    algorithm.decompressSync = (data) => {
      try {
        return inflateSync(codec, data);
      } catch (error) {
        // Any other error the library would try again.
        throw new UserError((error as Error).message, { refused: error });
      }
    };
  }
}

/** Why a fetch was refused; undefined when it failed otherwise. */
export function refusalIn(error: unknown): RefusedBatch | undefined {
  if (!(error instanceof Error)) return undefined;
  const { refused, errors = [], cause } = error as { refused?: unknown; errors?: unknown[]; cause?: unknown };
  if (refused instanceof RefusedBatch) return refused;
  for (const inner of [...errors, cause]) {
    const found = refusalIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where the batch at an offset ends. */
export interface BatchPlace {
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** Of its last record. */
  readonly timestampMs: number;
  readonly highWatermark: bigint;
}

/** Fetches the batch at an offset and reads no more than its header; undefined when there is none. */
export async function placeOfBatch(
  connection: Connection,
  topicId: string,
  partition: number,
  fetchOffset: bigint,
): Promise<BatchPlace | undefined> {
  // One byte: the broker sends the first batch whole, and no other.
  const wanted = {
    partition,
    fetchOffset,
    partitionMaxBytes: 1,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
  };
  const topics: fetchV17.FetchRequestTopic[] = [{ topicId, partitions: [wanted] }];
  const readUncommitted = 0;
  const noSession = [0, -1] as const;
  return peek.async(connection, 1000, 1, 1, readUncommitted, ...noSession, topics, [], "");
}

type Arguments = [
  maxWait: number,
  minBytes: number,
  maxBytes: number,
  isolation: number,
  sessionId: number,
  sessionEpoch: number,
  topics: fetchV17.FetchRequestTopic[],
  forgotten: [],
  rack: string,
];

/** The answer as far as the header of the first batch: see `fetchV17`. */
const peek = createAPI<Arguments, BatchPlace | undefined>(
  1,
  17,
  fetchV17.createRequest as (...args: Arguments) => ReturnType<typeof fetchV17.createRequest>,
  (_id, _key, _version, reader: Reader) => {
    // Throttle time, error, session, one topic with its id, one partition with its number.
    reader.skip(4 + 2 + 4);
    if (reader.readUnsignedVarInt() < 2) return undefined;
    reader.skip(16);
    if (reader.readUnsignedVarInt() < 2) return undefined;
    reader.skip(4);
    if (reader.readInt16() !== 0) return undefined;
    const highWatermark = reader.readInt64();
    reader.skip(8 + 8);
    reader.readNullableArray((r) => r.skip(16));
    reader.skip(4);
    if (reader.readUnsignedVarInt() < 2) return undefined;
    const firstOffset = reader.readInt64();
    reader.skip(4 + 4 + 1 + 4 + 2);
    const lastOffset = firstOffset + BigInt(reader.readInt32());
    reader.skip(8);
    return { firstOffset, lastOffset, timestampMs: Number(reader.readInt64()), highWatermark };
  },
);

/** What stands for a batch that was refused, at the place of its last record. */
export function substitute(place: BatchPlace, { code, message }: RefusedBatch): SourceRecord {
  return {
    offset: place.lastOffset,
    timestampMs: place.timestampMs,
    headers: {},
    value: Buffer.alloc(0),
    refused: { code, detail: `from offset ${place.firstOffset} on: ${message}` },
  };
}
