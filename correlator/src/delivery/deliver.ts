import type { TableBlock } from "../decode/index.ts";
import type { Held } from "../source/held.ts";
import { type SourceId, type SourceKind, sourceName, type SourceRecord } from "../source/source.ts";
import { batchId } from "./batch-id.ts";
import type { Cut } from "./block.ts";
import { decideCut } from "./decide-cut.ts";
import { inSpan, linksOf } from "../tracing.ts";
import type { DeliveryPorts } from "./ports.ts";
import { freshMs, putBlock } from "./put-block.ts";
import { retry, Stopped } from "./retry.ts";

/** Delivers a partition until the signal aborts. Why each row arrives once: docs/adr/0002-delivery.md. */
export async function deliver(
  feed: { readonly source: SourceId; readonly kind: SourceKind },
  held: Held,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  try {
    let rewoundTo: bigint | undefined;
    while (!signal.aborted) {
      // A position where the source was rewound to once may not rewind again: its first record is gone.
      const again = await deliverNext(feed, held, ports, signal, rewoundTo);
      rewoundTo = again ?? undefined;
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
}

/** One cut. Returns where the source was rewound to, if that is all that happened. */
async function deliverNext(
  { source, kind }: { readonly source: SourceId; readonly kind: SourceKind },
  held: Held,
  ports: DeliveryPorts,
  signal: AbortSignal,
  rewoundTo: bigint | undefined,
): Promise<bigint | undefined> {
  const offered = await retry(ports, "read", signal, () => held.next(signal));
  if (offered.length === 0) return undefined;

  await ports.room(signal);
  if (signal.aborted) return undefined;
  let begun = 0;
  const store = (cut: Cut, inherited: boolean, records: readonly SourceRecord[]): Promise<void> =>
    storeTraced({ source, kind }, { cut, inherited, begun }, records, ports, signal);
  // Few partitions at once: what they read on for a larger cut is held in memory as well as its rows.
  const decision = await ports.slot(async () => {
    const taken = await retry(ports, "read", signal, () => held.gather(signal));
    begun = ports.now();
    const decided = await decide(source, held, taken, rewoundTo, ports, signal);
    if (decided.kind !== "cut" || !held.reaches(decided.cut.last)) return decided;
    await store(decided.cut, decided.inherited, await held.through(decided.cut.last, signal));
    return { kind: "stored", cut: decided.cut } as const;
  });
  if (decision.kind === "again") return decision.at;
  if (decision.kind === "cut") {
    // Somebody else's, larger than what has come so far. That may take its time, and others go on meanwhile.
    const { cut, inherited } = decision;
    const records = await retry(ports, "read", signal, () => held.through(cut.last, signal));
    if (signal.aborted) return undefined;
    await ports.slot(() => store(cut, inherited, records));
  }
  const { last } = decision.cut;
  await retry(ports, "commit", signal, () => held.commit(last + 1n));
  return undefined;
}

type Decided =
  | { readonly kind: "cut"; readonly cut: Cut; readonly inherited: boolean }
  /** The source was rewound, or is to be asked once more. */
  | { readonly kind: "again"; readonly at: bigint | undefined };

/** The cut that begins with the first of these records. */
async function decide(
  source: SourceId,
  held: Held,
  taken: readonly SourceRecord[],
  rewoundTo: bigint | undefined,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<Decided> {
  const first = taken[0]?.offset;
  const last = taken.at(-1)?.offset;
  if (first === undefined || last === undefined) return { kind: "again", at: undefined };
  const decision = await decideCut(source, first, last, ports, signal);
  if (decision.kind === "cut") return decision;
  const { cut } = decision;
  const back =
    cut.first !== rewoundTo && (await retry(ports, "rewind", signal, () => held.rewind(cut.first)));
  if (back) return { kind: "again", at: cut.first };
  ports.events.overlap(source, cut);
  const overlapping = await decideCut(source, first, last, ports, signal, true);
  return overlapping.kind === "cut" ? overlapping : { kind: "again", at: undefined };
}

async function storeTraced(
  { source, kind }: { readonly source: SourceId; readonly kind: SourceKind },
  decided: { readonly cut: Cut; readonly inherited: boolean; readonly begun: number },
  records: readonly SourceRecord[],
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  const attributes = {
    "hotspan.kind": kind,
    "hotspan.source": sourceName(source),
    "hotspan.partition": source.partition,
    "hotspan.records": records.length,
    "hotspan.inherited": decided.inherited,
  };
  const options = { kind: "consumer", attributes, links: linksOf(records) } as const;
  await inSpan("hotspan.batch", options, async (span) => {
    const rows = await storeCut({ source, kind }, decided, records, ports, signal);
    span.setAttribute("hotspan.rows", rows);
  });
}

/** Everything a cut leaves behind, but for the commit. Returns how many rows that is. */
async function storeCut(
  { source, kind }: { readonly source: SourceId; readonly kind: SourceKind },
  { cut, inherited, begun }: { readonly cut: Cut; readonly inherited: boolean; readonly begun: number },
  records: readonly SourceRecord[],
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<number> {
  const batch = batchId(source, cut.first);
  const encoded = await retry(ports, "encode", signal, () =>
    ports.encode(batch, cut.shards, source, kind, records, (keys) =>
      retry(ports, "claim", signal, () => ports.store.claim(batch, keys)),
    ),
  );
  const inOrder = [
    ...encoded.blocks.filter((block) => block.idempotent),
    ...encoded.blocks.filter((block) => !block.idempotent),
  ];
  await eachTable(inOrder, ports, (block, to) =>
    putBlock(batch, block, inherited || ports.now() - begun > freshMs, to, signal),
  );
  // An acknowledgement may be of a duplicate, and the insert it duplicates may have died with the server after its
  // token was recorded: so if the server restarted since the cut was made, look.
  if (
    !inherited &&
    (await retry(ports, "uptime", signal, () => ports.store.mayHaveRestarted(ports.now() - begun)))
  ) {
    const counted = inOrder.filter((block) => !block.idempotent);
    await eachTable(counted, ports, (block, to) => putBlock(batch, block, true, to, signal));
  }

  const letters = encoded.deadLetters.flatMap(({ offset, code, detail }) => {
    const record = records.find((r) => r.offset === offset);
    return record === undefined ? [] : [{ record, code, detail }];
  });
  if (letters.length > 0)
    await retry(ports, "dead letters", signal, () => ports.deadLetters.write(source, letters));
  encoded.stored();
  ports.events.delivered(source, records.length, encoded, inherited);
  return inOrder.reduce((rows, block) => rows + block.rows, 0);
}

/** A table after the other, of each the blocks of all shards at once. */
async function eachTable(
  blocks: readonly TableBlock[],
  ports: DeliveryPorts,
  put: (block: TableBlock, ports: DeliveryPorts) => Promise<void>,
): Promise<void> {
  // One shard's success says nothing of the trouble of another.
  const side: DeliveryPorts = { ...ports, events: { ...ports.events, succeeded: () => undefined } };
  for (const ofTable of Map.groupBy(blocks, ({ table }) => table).values()) {
    const alone = ofTable.length === 1;
    // None is left running when another is given up.
    const ends = await Promise.allSettled(ofTable.map((block) => put(block, alone ? ports : side)));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (!alone) ports.events.succeeded();
  }
}
