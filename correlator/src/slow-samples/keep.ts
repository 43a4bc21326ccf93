import type { ClickHouseClient } from "@clickhouse/client";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { copySlowDay, daysToCopy } from "./copy-day.ts";

const everyMs = 600_000;
/** Not right at the start, when there may be much to catch up with, nor at the same moment as other correlators. */
const firstMs = 60_000;

export interface KeepOptions {
  readonly client: ClickHouseClient;
  /** The table of spans, quoted. */
  readonly spans: string;
  readonly owner: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Until the first look, ms; default a minute or two. */
  readonly firstMs?: number;
}

/** Copies each day's samples of slow traces once the day is whole, until the signal aborts. Failures are logged and tried again. */
export async function keepSlowSamples(options: KeepOptions): Promise<void> {
  const { client, log, signal } = options;
  let waitMs = options.firstMs ?? firstMs * (1 + Math.random());
  for (;;) {
    await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    waitMs = everyMs * (0.75 + Math.random() / 2);
    try {
      for (const day of await daysToCopy(client, Date.now())) {
        const copied = await copySlowDay(client, { ...options, day });
        if (copied !== undefined) log.info({ day, ...copied }, "samples of slow traces are kept");
        if (signal.aborted) return;
      }
    } catch (error) {
      if (!signal.aborted)
        log.warn({ err: error }, "samples of slow traces could not be copied; trying again later");
    }
  }
}
