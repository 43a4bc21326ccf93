import type { ClickHouseClient } from "@clickhouse/client";
import { setTimeout as sleep } from "node:timers/promises";
import type { Health } from "./health.ts";

/** Keeps readiness true to whether a server answers and has our tables; every 2 s, faster until it is well. */
export async function watchStore(
  component: string,
  client: ClickHouseClient,
  health: Health,
  signal: AbortSignal,
): Promise<void> {
  health.bad(component, "not reached yet");
  while (!signal.aborted) {
    let well = false;
    try {
      const result = await client.query({ query: "EXISTS TABLE profile_claims", format: "JSONEachRow" });
      const [row] = await result.json<{ result: number }>();
      well = row?.result === 1;
      if (well) health.good(component);
      else health.bad(component, "the tables are missing: run hotspan migrate");
    } catch (error) {
      health.bad(component, error instanceof Error ? error.message : String(error));
    }
    await sleep(well ? 2000 : 200, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
