import type { TableBlock } from "../decode/index.ts";
import { inSpan } from "../tracing.ts";
import { blockToken } from "./batch-id.ts";
import type { DeliveryPorts } from "./ports.ts";
import { retry, Stopped } from "./retry.ts";

// Each burnt token takes a crash of the server in one moment of one insert: after this many acknowledged inserts that
// left nothing, the rows were dropped behind our back.
const maxAttempts = 5;

/**
 * How old what we know of a cut may be when we insert on the strength of it. A process can be stopped for minutes between
 * any two of its steps while another takes the partition over and goes on, until the server has forgotten the token
 * (`non_replicated_deduplication_window`: the last 10,000 blocks of a table, at 100 blocks/s over a minute).
 */
export const freshMs = 20_000;

/**
 * Makes sure that the rows of a block are in its table once. `inherited`: somebody else, or we before a restart or a
 * long pause, may have inserted it; so look before, and look after.
 */
export async function putBlock(
  batch: bigint,
  block: TableBlock,
  inherited: boolean,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  if (block.rows === 0) return;
  if (block.idempotent) {
    await retry(ports, `insert ${block.table}`, signal, () => timed(block, ports, undefined));
    return;
  }
  if (!inherited && (await firstTry(batch, block, ports, signal))) return;
  await resolve(batch, block, ports, signal);
}

/** True when the server acknowledged it; false when nobody knows. */
async function firstTry(
  batch: bigint,
  block: TableBlock,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await timed(block, ports, blockToken(batch, block.table, 1));
    ports.events.succeeded();
    return true;
  } catch (error) {
    if (signal.aborted) throw new Stopped();
    ports.events.failed(`insert ${block.table}`, error);
    await ports.backOff(1, signal);
    return false;
  }
}

async function resolve(
  batch: bigint,
  block: TableBlock,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const token = blockToken(batch, block.table, attempt);
    const done = await retry(ports, `insert ${block.table}`, signal, async () => {
      await ports.store.settle(block, token);
      const before = await ports.store.lacking(batch, block);
      if (before.size > 0) {
        // The same token again: whoever else still sends it, one of us is stored. Under a later token only the
        // partitions that lack their rows, since those that have them were stored under an earlier one.
        await timed(block, ports, token, attempt === 1 ? undefined : before);
        // Acknowledged, and yet nothing: the token is burnt, the next one is for all who come to this point.
        if ((await ports.store.lacking(batch, block)).size > 0) return false;
      }
      await ports.store.repairDependents(block);
      return true;
    });
    if (done) return;
  }
  ports.events.vanished(block.table, [...block.perPartition.keys()]);
}

async function timed(
  block: TableBlock,
  ports: DeliveryPorts,
  token: string | undefined,
  only?: ReadonlySet<string>,
): Promise<void> {
  const start = ports.now();
  const attributes = {
    "db.system.name": "clickhouse",
    "db.operation.name": "INSERT",
    "db.collection.name": block.table,
    "hotspan.rows": block.rows,
  };
  await inSpan("hotspan.insert", { kind: "client", attributes }, () =>
    ports.store.insert(block, token, only),
  );
  ports.events.inserted(block.table, block.rows, (ports.now() - start) / 1000);
}
